import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFile, replaceFile } from "../../../server/src/files/atomic-write.ts";
import { createTemporaryPaths } from "../../../server/src/files/temporary-paths.ts";

async function folderWith(files: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { path: (name: string) => join(folder, name), names: () => readdir(folder) };
}

const bytes = (text: string) => Buffer.from(text);
const temporaryPaths = createTemporaryPaths();

describe("replacing a file", () => {
  test("through a link, the file behind it is replaced", async () => {
    const { path, names } = await folderWith({ "a.nix": "old" });
    await symlink("a.nix", path("link.nix"));
    await replaceFile(path("link.nix"), bytes("old"), bytes("new"), temporaryPaths);
    expect(await readFile(path("a.nix"), "utf8")).toBe("new");
    expect((await names()).toSorted()).toEqual(["a.nix", "link.nix"]);
  });

  test("is refused when other bytes stand there now", async () => {
    const { path, names } = await folderWith({ "a.nix": "edited" });
    const write = replaceFile(path("a.nix"), bytes("old"), bytes("new"), temporaryPaths);
    await expect(write).rejects.toMatchObject({ code: "file-changed" });
    expect(await readFile(path("a.nix"), "utf8")).toBe("edited");
    expect(await names()).toEqual(["a.nix"]);
  });

  test("is refused when the file is gone", async () => {
    const { path, names } = await folderWith();
    const write = replaceFile(path("a.nix"), bytes("old"), bytes("new"), temporaryPaths);
    await expect(write).rejects.toMatchObject({ code: "file-unwritable", message: expect.stringContaining("ENOENT") });
    expect(await names()).toEqual([]);
  });
});

describe("creating a file", () => {
  test("gives what the writing gave", async () => {
    const { path } = await folderWith();
    const result = await createFile(path("x.tar"), temporaryPaths, async (append) => {
      await append(bytes("one "));
      await append(bytes("two"));
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(path("x.tar"), "utf8")).toBe("one two");
  });

  test("leaves nothing, and what was there, when the writing fails", async () => {
    const { path, names } = await folderWith({ "x.tar": "old" });
    const failing = createFile(path("x.tar"), temporaryPaths, async (append) => {
      await append(bytes("part"));
      throw new RangeError("no more");
    });
    await expect(failing).rejects.toThrow(new RangeError("no more"));
    expect(await names()).toEqual(["x.tar"]);
    expect(await readFile(path("x.tar"), "utf8")).toBe("old");
  });

  test.skipIf(process.platform === "win32")("writes into a device and does not replace it", async () => {
    await createFile("/dev/null", temporaryPaths, (append) => append(bytes("x")));
    await expect(readFile("/dev/null", "utf8")).resolves.toBe("");
  });
});

test("what is left when the process ends is removed at once", async () => {
  const paths = createTemporaryPaths();
  const [kept, left] = [await paths.createFolder(), await paths.createFolder()];
  onTestFinished(() => rm(kept, { recursive: true, force: true }));
  await writeFile(join(left, "blob"), "x");
  paths.forget(kept);
  paths.removeAllNow();
  await expect(readdir(left)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(readdir(kept)).resolves.toEqual([]);
});
