import { answer, at, redirect, START } from "./faults.ts";
import type { Row } from "./row.ts";

const SIGNED = "{cdn}{layer}?X-Amz-Signature={canary}";
const refused = { outcome: "redirect-refused", requests: { registry: `${START}, layer 307` } } as const;
const to = (location: string) => ({ registry: [at("{layer}", redirect(location))] });

/** Where registries send for blobs and manifests. */
export const redirectRows: readonly Row[] = [
  {
    id: "F02",
    what: "the layer is at a signed URL of another host, which must see no credentials",
    authorization: "basic",
    credentials: "password",
    faults: to(SIGNED),
    outcome: "right",
    requests: { registry: "ping 401, manifest 200, config 200, layer 307", cdn: "layer?… 200" },
  },
  {
    id: "F02-token",
    what: "the same with tokens",
    authorization: "bearer",
    credentials: "password",
    faults: to(SIGNED),
    outcome: "right",
    requests: {
      registry: "ping 401, manifest 200, config 200, layer 307",
      auth: "token(pull) 200",
      cdn: "layer?… 200",
    },
  },
  {
    id: "F02-gone",
    what: "the signed URL is refused",
    faults: { ...to(SIGNED), cdn: [at(/X-Amz/, answer(403, { "Content-Type": "application/xml" }, "<Error/>"))] },
    outcome: "registry-denied",
    // It may have been over when it was asked for, so another one is tried.
    requests: { registry: `${START}, layer 307, layer 307`, cdn: "layer?… 403, layer?… 403" },
  },
  ...[301, 302, 303, 308].map<Row>((status) => ({
    id: `F02-${status}`,
    what: `the layer is elsewhere, by ${status}`,
    faults: { registry: [at("{layer}", redirect("{cdn}{layer}", status))] },
    outcome: "right",
    requests: { registry: `${START}, layer ${status}`, cdn: "layer 200" },
  })),
  {
    id: "F02-manifest",
    what: "a front door sends for the manifest to another host",
    authorization: "basic",
    credentials: "password",
    faults: { registry: [at("{manifest}", redirect("{cdn}{manifest}"))] },
    outcome: "right",
    requests: { registry: "ping 401, manifest 307, config 200, layer 200", cdn: "manifest 200" },
  },
  { id: "F03", what: "the layer redirects to itself", faults: to("{layer}"), says: /goes in a circle/, ...refused },
  {
    id: "F03-two",
    what: "two hosts redirect to each other",
    faults: { ...to("{cdn}{layer}"), cdn: [at("{layer}", redirect("{registry}{layer}"))] },
    says: /goes in a circle/,
    outcome: "redirect-refused",
    requests: { registry: `${START}, layer 307`, cdn: "layer 307" },
  },
  {
    id: "F03-endless",
    what: "every redirect leads to another",
    faults: {
      registry: [
        at("{layer}", redirect("/0")),
        ...[0, 1, 2, 3, 4, 5, 6].map((hop) => at(`/${hop}`, redirect(`/${hop + 1}`))),
      ],
    },
    says: /more than 5/,
    outcome: "redirect-refused",
    requests: { registry: `${START}, layer 307, /0 307, /1 307, /2 307, /3 307, /4 307` },
  },
  {
    id: "F04",
    what: "a relative target",
    faults: to("../blobs/./again#fragment"),
    outcome: "blob-missing",
    requests: { registry: `${START}, layer 307, /v2/team/app/blobs/again 404` },
  },
  {
    id: "F04-query",
    what: "a target that is only a query",
    faults: to("?stored=1"),
    outcome: "right",
    requests: { registry: `${START}, layer 307, layer?… 200` },
  },
  { id: "F05", what: "to a file", faults: to("file:///etc/passwd"), says: /file: URL/, ...refused },
  { id: "F05-data", what: "to data", faults: to("data:text/plain,x"), says: /data: URL/, ...refused },
  { id: "F05-nothing", what: "to what is no URL", faults: to("https://["), says: /not a URL/, ...refused },
  { id: "F06", what: "from https to http", faults: to("http://cdn.test{layer}"), says: /not encrypted/, ...refused },
  {
    id: "F07",
    what: "to the metadata service of a cloud",
    faults: to("https://169.254.169.254/latest/meta-data"),
    says: /address of this machine/,
    ...refused,
  },
  ...["127.0.0.1:1", "localhost:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "0.0.0.0:1", "[fe80::1]"].map<Row>((host) => ({
    id: `F07-${host}`,
    what: `to ${host}`,
    faults: to(`https://${host}/`),
    says: /address of this machine/,
    ...refused,
  })),
  {
    id: "F07-user",
    what: "to a URL with a user and password",
    faults: to("https://user:{canary}@cdn.test/"),
    says: /user name/,
    ...refused,
  },
  {
    id: "F08",
    what: "the other host wants a token of its own",
    authorization: "basic",
    credentials: "password",
    guarded: "cdn",
    faults: to("{cdn}{layer}"),
    outcome: "right",
    requests: {
      registry: "ping 401, manifest 200, config 200, layer 307",
      cdn: "layer 401, token(pull) 200, layer 200",
    },
  },
  {
    id: "F08-basic",
    what: "the other host wants a password",
    authorization: "basic",
    credentials: "password",
    faults: { ...to("{cdn}{layer}"), cdn: [at("{layer}", answer(401, { "WWW-Authenticate": 'Basic realm="x"' }))] },
    outcome: "registry-unauthorized",
    requests: { registry: "ping 401, manifest 200, config 200, layer 307", cdn: "layer 401" },
  },
  {
    id: "F08-never",
    what: "the other host takes none of its tokens",
    guarded: "cdn",
    faults: {
      ...to("{cdn}{layer}"),
      cdn: [at("{layer}", answer(401, { "WWW-Authenticate": 'Bearer realm="{cdn}/token"' }))],
    },
    outcome: "registry-unauthorized",
    requests: { registry: `${START}, layer 307`, cdn: "layer 401, token(pull) 200, layer 401" },
  },
  {
    id: "F08-third",
    what: "the other host asks to be signed in to by a third one",
    authorization: "bearer",
    credentials: "password",
    faults: {
      ...to("{cdn}{layer}"),
      cdn: [at("{layer}", answer(401, { "WWW-Authenticate": 'Bearer realm="{other}/token"' }))],
      other: [at(/token/, answer(401))],
    },
    outcome: "registry-unauthorized",
    requests: {
      registry: "ping 401, manifest 200, config 200, layer 307",
      auth: "token(pull) 200",
      cdn: "layer 401",
      other: "token(pull) 401",
    },
  },
];
