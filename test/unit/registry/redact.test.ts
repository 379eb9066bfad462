import { expect, test } from "vitest";
import { createRedactor } from "../../../server/src/registry/redact.ts";

test.each([
  ["a password", "login with pa$$ word failed", "login with *** failed"],
  ["a password in a URL", "x?p=pa%24%24%20word", "x?p=***"],
  ["a Bearer header", "Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ***"],
  ["a Basic value", "basic dXNlcjpwYXNzd29yZHBhc3M= and more", "basic *** and more"],
  ["a signed URL", "see https://s3.example/b?X-Amz-Signature=1f&k=2 now", "see https://s3.example/b?*** now"],
  ["a URL with a user", "http://user:secret@proxy:3128/", "http://***@proxy:3128/"],
  ["an ordinary sentence", "Basic authorization is wanted by quay.io", "Basic authorization is wanted by quay.io"],
])("%s is not shown", (_name, text, shown) => {
  const redactor = createRedactor();
  redactor.protect("pa$$ word");
  redactor.protect("a");
  expect(redactor.redact(text)).toBe(shown);
});
