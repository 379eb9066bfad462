import { describe, expect, test } from "vitest";
import { createCheckQueue } from "../../../server/src/lsp/check-queue.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function queue(concurrency = 1) {
  const started: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const ends = new Map<string, () => void>();
  const runs: Promise<void>[] = [];
  const checks = createCheckQueue((run) => runs.push(run));
  checks.resize(concurrency);
  const add = (key: string, priority: "visible" | "open", isWanted = () => true, registry = "docker.io") =>
    checks.add(
      {
        key,
        registry,
        isWanted,
        run: (signal) => {
          started.push(key);
          signals.set(key, signal);
          return new Promise((resolve) => ends.set(key, resolve));
        },
      },
      priority,
    );
  const end = async (key: string) => {
    ends.get(key)?.();
    await turn();
  };
  return { ...checks, started, signals, add, end };
}

describe("the queue of checks", () => {
  test("what is seen goes first, else in the order of asking", async () => {
    const { started, add, end } = queue();
    add("first", "open");
    add("open", "open");
    add("seen", "visible");
    add("seen later", "visible");
    for (const key of ["first", "seen", "seen later"]) await end(key);
    expect(started).toEqual(["first", "seen", "seen later", "open"]);
  });

  test("what waits moves to the front when it is seen, and is not doubled", async () => {
    const { started, add, end } = queue();
    for (const key of ["a", "b", "c"]) add(key, "open");
    add("c", "visible");
    add("c", "open");
    add("a", "visible");
    for (const key of ["a", "c", "b"]) await end(key);
    expect(started).toEqual(["a", "c", "b"]);
  });

  test("a registry whose answers do not come holds up no other", async () => {
    const { started, add, end } = queue(2);
    for (const key of ["a", "b", "c"]) add(key, "visible");
    for (const key of ["x", "y", "z"]) add(key, "open", () => true, "ghcr.io");
    expect(started).toEqual(["a", "b", "x", "y"]);
    await end("x");
    expect(started).toEqual(["a", "b", "x", "y", "z"]);
    await end("b");
    expect(started.at(-1)).toBe("c");
  });

  test("no more run at once than there may", async () => {
    const { started, add, end, resize } = queue(2);
    for (const key of ["a", "b", "c", "d", "e"]) add(key, "open");
    expect(started).toEqual(["a", "b"]);
    await end("b");
    expect(started).toEqual(["a", "b", "c"]);
    resize(3);
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("what is not wanted any more when its turn comes is left out", async () => {
    const { started, add, end } = queue();
    let isWanted = true;
    add("a", "open");
    add("b", "open", () => isWanted);
    add("c", "open");
    isWanted = false;
    await end("a");
    expect(started).toEqual(["a", "c"]);
  });

  test("cleared, it stops what runs and forgets what waits; then it goes on", async () => {
    const { started, signals, add, end, clear } = queue();
    add("a", "open");
    add("b", "open");
    clear();
    expect(signals.get("a")?.aborted).toBe(true);
    await end("a");
    add("c", "open");
    expect(started).toEqual(["a", "c"]);
    expect(signals.get("c")?.aborted).toBe(false);
  });
});
