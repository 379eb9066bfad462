import { workspace } from "vscode";
import type { NetworkSettings } from "../../server/src/registry/connect.ts";

/** VS Code's `http.*` settings that the server reaches registries by; nothing where they are not for extensions. */
export function networkSettings(): NetworkSettings {
  const http = workspace.getConfiguration("http");
  if (http.get("proxySupport") === "off") return {};
  const proxyAuthorization = http.get<string | null>("proxyAuthorization", null);
  return {
    proxy: http.get("proxy", ""),
    noProxy: http.get("noProxy", []),
    proxyStrictSSL: http.get("proxyStrictSSL", true),
    ...(proxyAuthorization !== null && { proxyAuthorization }),
  };
}
