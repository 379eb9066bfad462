import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../../server/src/base/error-codes.ts";
import { CodedError, fail, isAbort, orThrow, succeed } from "../../../server/src/base/errors.ts";

test("a result holds a value or a problem", () => {
  expect(succeed(3)).toEqual({ ok: true, value: 3 });
  expect(fail("malformed-tag", "Why.")).toEqual({ ok: false, problem: { code: "malformed-tag", message: "Why." } });
});

test("orThrow gives the value, or throws the problem with its code", () => {
  expect(orThrow(succeed(3))).toBe(3);
  expect(() => orThrow(fail("malformed-tag", "Why."))).toThrow(
    expect.objectContaining({ name: "CodedError", code: "malformed-tag", message: "Why." }),
  );
});

test("a coded error keeps its cause", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new CodedError("registry-unreachable", "No answer.", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.cause).toBe(cause);
  expect(new CodedError("usage", "No.")).not.toHaveProperty("cause");
});

test("codes are words joined by hyphens, none twice", () => {
  expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  for (const code of ERROR_CODES) expect(code).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
});

describe("isAbort", () => {
  test("knows what Node throws for an aborted signal", async () => {
    const error: unknown = await delay(1_000_000, undefined, { signal: AbortSignal.abort() }).catch((thrown) => thrown);
    expect(isAbort(error)).toBe(true);
  });

  test("takes whatever was thrown while the signal is aborted", () => {
    expect(isAbort("stop", AbortSignal.abort("stop"))).toBe(true);
    expect(isAbort(new Error("socket closed"), AbortSignal.abort())).toBe(true);
  });

  test.each([new Error("broken"), new CodedError("registry-timeout", "Late."), "AbortError", undefined])(
    "does not take %j for one",
    (error) => {
      expect(isAbort(error)).toBe(false);
      expect(isAbort(error, new AbortController().signal)).toBe(false);
    },
  );
});
