import { describe, expect, test } from "vitest";
import { objectionTo } from "../../../server/src/registry/fetchable.ts";

describe("what a registry's answer may lead to", () => {
  test.each<[url: string, registry: string, objection: string | null]>([
    ["https://auth.docker.io/token", "https://registry-1.docker.io/", null],
    ["http://127.0.0.1:5001/token", "http://127.0.0.1:5000/", null],
    ["https://10.0.0.7/token", "https://registry.example.com/", null],
    ["http://auth.example.com/token", "https://registry.example.com/", "is not encrypted"],
    ["ftp://auth.example.com/token", "https://registry.example.com/", "is a ftp: URL"],
    ["file:///etc/passwd", "http://127.0.0.1/", "is a file: URL"],
    ["https://u:p@auth.example.com/token", "https://registry.example.com/", "has a user name"],
    ["https://127.0.0.1/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://2130706433/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://[::1]/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://[::ffff:127.0.0.1]/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://[64:ff9b::7f00:1]/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://169.254.169.254/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://[fe80::1]/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://0.0.0.0/token", "https://registry.example.com/", "is an address of this machine"],
    ["https://localhost/token", "https://registry.example.com/", "is an address of this machine"],
  ])("%s of %s: %s", (url, registry, objection) => {
    expect(objectionTo(new URL(url), new URL(registry), new URL(registry))).toBe(objection);
  });
});
