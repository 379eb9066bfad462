import { afterAll, beforeAll, describe, test } from "vitest";
import { type DockerRegistry, REGISTRY_ACCOUNT, startDockerRegistry } from "../../support/docker-registry.ts";
import { pushContent } from "../../support/push.ts";
import { isMissing } from "../../support/tools.ts";
import { type Agreement, expectAgreement, fetchWithBoth, type UserMachine } from "./both.ts";
import { authOf, movedImage, PATH } from "./journey.ts";

const image = movedImage();
const AUTH = authOf(REGISTRY_ACCOUNT);
/** Nothing listens there. */
const DEAD = "127.0.0.1:1";

interface Hosts {
  /** Has the image, speaks http. */
  readonly good: string;
  /** Has nothing, speaks http. */
  readonly empty: string;
  /** Has the image, speaks http, wants a password. */
  readonly closed: string;
}

interface Row {
  readonly name: string;
  /** Of `~/.config/containers/registries.conf`. */
  readonly conf?: (hosts: Hosts) => string;
  readonly machine?: (hosts: Hosts) => UserMachine;
  readonly image: (hosts: Hosts) => string;
  readonly by?: "tag" | "digest";
  readonly outcome: Agreement;
}

const USER_CONF = ".config/containers/registries.conf";

/** One `[[registry]]`, and its mirrors. */
function registry(fields: Readonly<Record<string, string | boolean>>, ...mirrors: Record<string, string | boolean>[]) {
  const table = (header: string, entries: Readonly<Record<string, string | boolean>>) =>
    [header, ...Object.entries(entries).map(([name, value]) => `${name} = ${JSON.stringify(value)}`), ""].join("\n");
  return [table("[[registry]]", fields), ...mirrors.map((mirror) => table("[[registry.mirror]]", mirror))].join("\n");
}

const TAGS_BY_THE_REGISTRY: Agreement = {
  skopeo: "in",
  dockpin: "out",
  because: "a mirror may lag or lie about a tag; a digest it cannot",
};

const VARIABLE: Agreement = { skopeo: "out", dockpin: "in", because: "later releases of skopeo read the variable" };

const ROWS: readonly Row[] = [
  { name: "nothing for a registry by http", conf: () => "", image: ({ good }) => `${good}/${PATH}`, outcome: "out" },
  {
    name: "insecure",
    conf: ({ good }) => registry({ location: good, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "insecure for another registry",
    conf: ({ empty }) => registry({ location: empty, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "out",
  },
  {
    name: "insecure for a namespace",
    conf: ({ good }) => registry({ location: `${good}/team`, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "insecure for another namespace",
    conf: ({ good }) => registry({ location: `${good}/other`, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "out",
  },
  {
    name: "insecure for a part of a namespace's name",
    conf: ({ good }) => registry({ location: `${good}/te`, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "out",
  },
  {
    name: "another location",
    conf: ({ good }) => registry({ prefix: "registry.example", location: good, insecure: true }),
    image: () => `registry.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "another location, by digest",
    conf: ({ good }) => registry({ prefix: "registry.example", location: good, insecure: true }),
    image: () => `registry.example/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "another location for Docker Hub",
    conf: ({ good }) => registry({ prefix: "docker.io", location: good, insecure: true }),
    image: () => PATH,
    outcome: "in",
  },
  {
    name: "another location with a path for a namespace",
    conf: ({ good }) => registry({ prefix: "registry.example/ours", location: `${good}/team`, insecure: true }),
    image: () => "registry.example/ours/app",
    outcome: "in",
  },
  {
    name: "another location for a single repository",
    conf: ({ good }) => registry({ prefix: "registry.example/a/b", location: `${good}/${PATH}`, insecure: true }),
    image: () => "registry.example/a/b",
    outcome: "in",
  },
  {
    name: "a wildcard",
    conf: ({ good }) => registry({ prefix: "*.example", location: good, insecure: true }),
    image: () => `registry.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "a wildcard for several labels",
    conf: ({ good }) => registry({ prefix: "*.example", location: good, insecure: true }),
    image: () => `registry.deep.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "a wildcard for another domain",
    conf: ({ good }) => registry({ prefix: "*.example", location: good, insecure: true }),
    image: () => `registry.notexample/${PATH}`,
    outcome: "out",
  },
  {
    name: "a name rather than a wildcard",
    conf: ({ good, empty }) =>
      registry({ prefix: "*.example", location: empty, insecure: true }) +
      registry({ prefix: "registry.example", location: good, insecure: true }),
    image: () => `registry.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "the longest prefix",
    conf: ({ good, empty }) =>
      registry({ prefix: "registry.example/team", location: `${good}/team`, insecure: true }) +
      registry({ prefix: "registry.example", location: empty, insecure: true }),
    image: () => `registry.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "blocked",
    conf: ({ good }) => registry({ location: good, insecure: true, blocked: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "out",
  },
  {
    name: "blocked, by digest",
    conf: ({ good }) => registry({ location: good, insecure: true, blocked: true }),
    image: ({ good }) => `${good}/${PATH}`,
    by: "digest",
    outcome: "out",
  },
  {
    name: "a blocked namespace",
    conf: ({ good }) =>
      registry({ location: good, insecure: true }) +
      registry({ location: `${good}/team`, insecure: true, blocked: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "out",
  },
  {
    name: "another namespace is blocked",
    conf: ({ good }) =>
      registry({ location: good, insecure: true }) + registry({ location: `${good}/other`, blocked: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "all but a namespace are blocked",
    conf: ({ good }) =>
      registry({ location: good, blocked: true }) + registry({ location: `${good}/team`, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  // Mirrors
  {
    name: "a mirror of a registry that is down, by digest",
    conf: ({ good }) => registry({ location: DEAD, insecure: true }, { location: good, insecure: true }),
    image: () => `${DEAD}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "a mirror of a registry that has nothing, by tag",
    conf: ({ good, empty }) => registry({ location: empty, insecure: true }, { location: good, insecure: true }),
    image: ({ empty }) => `${empty}/${PATH}`,
    outcome: TAGS_BY_THE_REGISTRY,
  },
  {
    name: "a mirror for digests of a registry that is down, by digest",
    conf: ({ good }) =>
      registry({ location: DEAD, insecure: true, "mirror-by-digest-only": true }, { location: good, insecure: true }),
    image: () => `${DEAD}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "a mirror for digests of a registry that has nothing, by tag",
    conf: ({ good, empty }) =>
      registry({ location: empty, insecure: true, "mirror-by-digest-only": true }, { location: good, insecure: true }),
    image: ({ empty }) => `${empty}/${PATH}`,
    outcome: "out",
  },
  {
    name: "a mirror that is down",
    conf: ({ good }) => registry({ location: good, insecure: true }, { location: DEAD, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "a mirror that has nothing",
    conf: ({ good, empty }) => registry({ location: good, insecure: true }, { location: empty, insecure: true }),
    image: ({ good }) => `${good}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "a mirror that is down and one that is not",
    conf: ({ good, empty }) =>
      registry(
        { location: empty, insecure: true },
        { location: DEAD, insecure: true },
        { location: good, insecure: true },
      ),
    image: ({ empty }) => `${empty}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  {
    name: "a mirror by http that is not called insecure",
    conf: ({ good, empty }) => registry({ location: empty, insecure: true }, { location: good }),
    image: ({ empty }) => `${empty}/${PATH}`,
    by: "digest",
    outcome: "out",
  },
  {
    name: "a mirror of a namespace",
    conf: ({ good }) =>
      registry(
        { prefix: "registry.example/ours", location: `${DEAD}/ours`, insecure: true },
        { location: `${good}/team`, insecure: true },
      ),
    image: () => "registry.example/ours/app",
    by: "digest",
    outcome: "in",
  },
  // Credentials
  {
    name: "the password of the location",
    conf: ({ closed }) => registry({ prefix: "registry.example", location: closed, insecure: true }),
    machine: ({ closed }) => ({
      files: { ".docker/config.json": JSON.stringify({ auths: { [closed]: { auth: AUTH } } }) },
    }),
    image: () => `registry.example/${PATH}`,
    outcome: "in",
  },
  {
    name: "a password for the prefix is none for the location",
    conf: ({ closed }) => registry({ prefix: "registry.example", location: closed, insecure: true }),
    machine: () => ({
      files: { ".docker/config.json": JSON.stringify({ auths: { "registry.example": { auth: AUTH } } }) },
    }),
    image: () => `registry.example/${PATH}`,
    outcome: "out",
  },
  {
    name: "the password of a mirror",
    conf: ({ closed }) => registry({ location: DEAD, insecure: true }, { location: closed, insecure: true }),
    machine: ({ closed }) => ({
      files: { ".docker/config.json": JSON.stringify({ auths: { [closed]: { auth: AUTH } } }) },
    }),
    image: () => `${DEAD}/${PATH}`,
    by: "digest",
    outcome: "in",
  },
  // Places
  {
    name: "a drop-in of the user's",
    machine: ({ good }) => ({
      files: { ".config/containers/registries.conf.d/10-mine.conf": registry({ location: good, insecure: true }) },
    }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "a drop-in rather than the file",
    conf: ({ good }) => registry({ location: good, blocked: true }),
    machine: ({ good }) => ({
      files: { ".config/containers/registries.conf.d/10-mine.conf": registry({ location: good, insecure: true }) },
    }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "CONTAINERS_REGISTRIES_CONF",
    machine: ({ good }) => ({
      files: { "mine.conf": registry({ location: good, insecure: true }) },
      env: { CONTAINERS_REGISTRIES_CONF: "~/mine.conf" },
    }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: VARIABLE,
  },
  {
    name: "CONTAINERS_REGISTRIES_CONF rather than the user's file",
    conf: ({ good }) => registry({ location: good, blocked: true }),
    machine: ({ good }) => ({
      files: { "mine.conf": registry({ location: good, insecure: true }) },
      env: { CONTAINERS_REGISTRIES_CONF: "~/mine.conf" },
    }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: VARIABLE,
  },
  {
    name: "short names and search lists, which are for other programs",
    conf: ({ good }) =>
      `unqualified-search-registries = ["registry.example"]\n${registry({ location: good, insecure: true })}\n[aliases]\n"team/app" = "registry.example/other"\n`,
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
  {
    name: "unknown fields",
    conf: ({ good }) => registry({ location: good, insecure: true, comment: "mine" }),
    image: ({ good }) => `${good}/${PATH}`,
    outcome: "in",
  },
];

describe.skipIf(isMissing("docker-registry", "skopeo"))("skopeo and dockpin read the same registries.conf", () => {
  const started: DockerRegistry[] = [];
  let hosts: Hosts;
  beforeAll(async () => {
    const start = async (options = {}) => {
      const each = await startDockerRegistry(options);
      started.push(each);
      return each.host;
    };
    hosts = { good: await start(), empty: await start(), closed: await start({ htpasswd: REGISTRY_ACCOUNT.htpasswd }) };
    await pushContent(hosts.good, image.content);
    await pushContent(hosts.closed, image.content, { credentials: REGISTRY_ACCOUNT });
  });
  afterAll(async () => {
    for (const each of started) await each.close();
  });

  test.for(ROWS.map((row) => [row.name, row] as const))("%s", async ([, row]) => {
    const machine = row.machine?.(hosts) ?? {};
    const conf = row.conf && { [USER_CONF]: row.conf(hosts) };
    const tries = await fetchWithBoth(
      { name: row.image(hosts), reference: row.by === "digest" ? image.current : "1.0", isInsecure: false },
      { ...machine, files: { ...machine.files, ...conf } },
    );
    expectAgreement(tries, row.outcome);
  });
});
