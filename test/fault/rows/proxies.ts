import { PROXY_ACCOUNT } from "../secrets.ts";
import { START } from "./faults.ts";
import type { Row } from "./row.ts";

const ALL = `${START}, layer 200`;
const THROUGH = { HTTPS_PROXY: "http://{proxy}" };
const SIGNED_IN = { HTTPS_PROXY: `http://${PROXY_ACCOUNT.username}:${PROXY_ACCOUNT.password}@{proxy}` };

/** Proxies on the way, and around them. */
export const proxyRows: readonly Row[] = [
  {
    id: "N03",
    what: "a proxy is on the way",
    proxy: {},
    environment: THROUGH,
    outcome: "right",
    requests: { proxy: /^CONNECT registry\.test(, CONNECT registry\.test)*$/, registry: ALL },
  },
  {
    id: "N03-password",
    what: "the proxy wants a password, and has it from its URL",
    proxy: { account: PROXY_ACCOUNT },
    environment: SIGNED_IN,
    authorization: "basic",
    credentials: "password",
    outcome: "right",
    requests: {
      proxy: /^CONNECT registry\.test(, CONNECT registry\.test)*$/,
      registry: "ping 401, manifest 200, config 200, layer 200",
    },
  },
  {
    id: "N03-407",
    what: "the proxy wants a password, and has none",
    proxy: { account: PROXY_ACCOUNT },
    environment: THROUGH,
    outcome: "proxy-unauthorized",
    says: /wants a user name and password \(407\)/,
    requests: { proxy: "CONNECT registry.test" },
  },
  {
    id: "N03-407-wrong",
    what: "the proxy refuses its password",
    proxy: { connectStatus: 407 },
    environment: SIGNED_IN,
    outcome: "proxy-unauthorized",
    says: /refused its user name and password/,
    requests: { proxy: "CONNECT registry.test" },
  },
  {
    id: "N03-403",
    what: "the proxy forbids the host",
    proxy: { connectStatus: 403 },
    environment: THROUGH,
    outcome: "proxy-refused",
    says: /does not connect to registry\.test:\d+ \(403\)/,
    requests: { proxy: "CONNECT registry.test" },
  },
  {
    id: "N03-502",
    what: "the proxy does not reach the host",
    proxy: { connectStatus: 502 },
    environment: THROUGH,
    outcome: "proxy-refused",
    requests: { proxy: Array.from({ length: 5 }, () => "CONNECT registry.test").join(", ") },
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "N03-gone",
    what: "there is no proxy where it should be",
    environment: { HTTPS_PROXY: "http://127.0.0.1:1" },
    outcome: "proxy-unreachable",
    requests: {},
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "N03-socks",
    what: "the proxy is one of SOCKS",
    environment: { HTTPS_PROXY: "socks5://127.0.0.1:1" },
    outcome: "proxy-unsupported",
    requests: {},
  },
  ...["registry.test", ".test", "test", "*", "a.example, REGISTRY.test"].map<Row>((list) => ({
    id: `N03-direct-${list}`,
    what: `NO_PROXY is ${list}`,
    proxy: {},
    environment: { ...THROUGH, NO_PROXY: list },
    outcome: "right",
    requests: { registry: ALL },
  })),
  {
    id: "N03-direct-cidr",
    what: "NO_PROXY is a range of addresses, which names are not in",
    proxy: {},
    environment: { ...THROUGH, NO_PROXY: "127.0.0.0/8" },
    outcome: "right",
    requests: { proxy: /^CONNECT registry\.test/, registry: ALL },
  },
  {
    id: "N03-local",
    what: "this machine is reached without the proxy",
    isPlain: true,
    proxy: {},
    environment: { ...THROUGH, HTTP_PROXY: "http://{proxy}" },
    outcome: "right",
    requests: { registry: ALL },
  },
  {
    id: "N03-http-only",
    what: "only HTTP_PROXY is set, which https does not go by",
    proxy: {},
    environment: { HTTP_PROXY: "http://{proxy}" },
    outcome: "right",
    requests: { registry: ALL },
  },
];
