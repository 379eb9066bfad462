import { describe, expect, test } from "vitest";
import { isNearer, type Reach, reachOf } from "../../../server/src/registry/address.ts";

describe("how near an address is", () => {
  test.each<[address: string, Reach]>([
    ["127.0.0.1", "local"],
    ["127.255.255.254", "local"],
    ["0.0.0.0", "local"],
    ["169.254.169.254", "local"],
    ["::1", "local"],
    ["::", "local"],
    ["fe80::1", "local"],
    ["febf::1", "local"],
    ["::ffff:127.0.0.1", "local"],
    ["::ffff:a9fe:a9fe", "local"],
    ["64:ff9b::127.0.0.1", "local"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["100.100.100.200", "private"],
    ["fd00::1", "private"],
    ["fc00::1", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["224.0.0.1", "private"],
    ["255.255.255.255", "private"],
    ["ff02::1", "private"],
    ["172.32.0.1", "public"],
    ["172.15.255.255", "public"],
    ["100.128.0.1", "public"],
    ["128.0.0.1", "public"],
    ["1.1.1.1", "public"],
    ["2606:4700::1111", "public"],
    ["64:ff9b::1.1.1.1", "public"],
    ["::ffff:1.1.1.1", "public"],
  ])("%s is %s", (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  test("this machine is nearer than a private network, and that nearer than the internet", () => {
    expect(isNearer("local", "private")).toBe(true);
    expect(isNearer("private", "public")).toBe(true);
    expect(isNearer("public", "public")).toBe(false);
    expect(isNearer("public", "local")).toBe(false);
  });
});
