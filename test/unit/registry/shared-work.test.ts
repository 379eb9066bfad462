import { describe, expect, test } from "vitest";
import type { RequestOptions } from "../../../server/src/registry/client.ts";
import { createSharedWork } from "../../../server/src/registry/shared-work.ts";

function pendingWork() {
  const started: { options: RequestOptions; finish: (value: string) => void }[] = [];
  const work = (options: RequestOptions) =>
    new Promise<string>((resolve, reject) => {
      options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
      started.push({ options, finish: resolve });
    });
  return { started, work };
}

describe("shared work", () => {
  test("is done once for all who wait, and again for who comes later", async () => {
    const { started, work } = pendingWork();
    const shared = createSharedWork<string>();
    const both = [shared.join("key", {}, work), shared.join("key", {}, work)];
    expect(started).toHaveLength(1);
    started[0]!.finish("first");
    expect(await Promise.all(both)).toEqual(["first", "first"]);
    const later = shared.join("key", {}, work);
    started[1]!.finish("second");
    expect(await later).toBe("second");
  });

  test("of another key is other work", () => {
    const { started, work } = pendingWork();
    const shared = createSharedWork<string>();
    void shared.join("a", {}, work);
    void shared.join("b", {}, work);
    expect(started).toHaveLength(2);
  });

  test("tells everyone who waits of its waits", async () => {
    const { started, work } = pendingWork();
    const shared = createSharedWork<string>();
    const told: string[] = [];
    const both = ["a", "b"].map((name) => shared.join("key", { onWait: () => told.push(name) }, work));
    started[0]!.options.onWait?.({ milliseconds: 1, reason: "" });
    started[0]!.finish("done");
    await Promise.all(both);
    expect(told).toEqual(["a", "b"]);
  });

  test("fails for all who wait, but not for who comes later", async () => {
    const shared = createSharedWork<string>();
    const failure = new Error("failed");
    const both = [1, 2].map(() => shared.join("key", {}, () => Promise.reject(failure)));
    for (const one of both) await expect(one).rejects.toBe(failure);
    expect(await shared.join("key", {}, async () => "done")).toBe("done");
  });

  test("goes on when one leaves, and is aborted when the last one leaves", async () => {
    const { started, work } = pendingWork();
    const shared = createSharedWork<string>();
    const controllers = [new AbortController(), new AbortController()];
    const both = controllers.map(({ signal }) => shared.join("key", { signal }, work));
    for (const [index, controller] of controllers.entries()) {
      expect(started[0]!.options.signal?.aborted).toBe(false);
      const reason = new Error(`left ${index}`);
      controller.abort(reason);
      await expect(both[index]).rejects.toBe(reason);
    }
    expect(started[0]!.options.signal?.aborted).toBe(true);
  });
});
