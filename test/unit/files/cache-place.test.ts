import { expect, test } from "vitest";
import { cachePlaceOf } from "../../../server/src/files/cache-place.ts";

test.each<[platform: string, environment: Record<string, string>, place: string]>([
  ["linux", {}, "/home/me/.cache/dockpin"],
  ["freebsd", {}, "/home/me/.cache/dockpin"],
  ["linux", { XDG_CACHE_HOME: "/fast" }, "/fast/dockpin"],
  ["linux", { XDG_CACHE_HOME: "not/absolute" }, "/home/me/.cache/dockpin"],
  ["linux", { XDG_CACHE_HOME: "" }, "/home/me/.cache/dockpin"],
  ["darwin", {}, "/home/me/Library/Caches/dockpin"],
  ["darwin", { XDG_CACHE_HOME: "/fast" }, "/fast/dockpin"],
  ["win32", { LOCALAPPDATA: "D:\\Local" }, "D:\\Local\\dockpin\\Cache"],
  ["win32", {}, "\\home\\me\\AppData\\Local\\dockpin\\Cache"],
])("on %s with %j: %s", (platform, environment, place) => {
  expect(cachePlaceOf({ platform, environment, homeFolder: "/home/me" })).toBe(place);
});
