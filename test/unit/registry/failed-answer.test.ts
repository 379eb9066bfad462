import { expect, test } from "vitest";
import { parseErrorBody } from "../../../server/src/registry/failed-answer.ts";
import { createRedactor } from "../../../server/src/registry/redact.ts";

test.each<[string, string, code: string | null, message: string | null]>([
  ["the specification", '{"errors":[{"code":"DENIED","message":"no","detail":{}}]}', "DENIED", "no"],
  ["the first of several", '{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]}', "A", "a"],
  ["a code alone", '{"errors":[{"code":"DENIED"}]}', "DENIED", null],
  ["Docker's token service", '{"details":"incorrect username or password"}', null, "incorrect username or password"],
  ["GitHub", '{"message":"Not Found"}', null, "Not Found"],
  ["OAuth2", '{"error":"invalid_grant"}', null, "invalid_grant"],
  ["no errors", '{"errors":[]}', null, null],
  ["errors of another shape", '{"errors":["x",7]}', null, null],
  ["parts of another type", '{"errors":[{"code":7,"message":{}}]}', null, null],
  ["null", "null", null, null],
  ["a text", '"denied"', null, null],
  ["HTML", "<html>", null, null],
  ["nothing", "", null, null],
  ["a secret", '{"message":"bad hunter22 at https://r/x?sig=1"}', null, "bad *** at https://r/x?***"],
])("an error body: %s", (_name, body, code, message) => {
  const redactor = createRedactor();
  redactor.protect("hunter22");
  expect(parseErrorBody(body, redactor)).toEqual({ code, message });
});
