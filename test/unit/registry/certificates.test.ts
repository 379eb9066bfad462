import { describe, expect, test } from "vitest";
import { findCertificates, type SystemStore } from "../../../server/src/registry/certificates.ts";
import { readCertificates } from "../../../server/src/registry/pem.ts";
import type { RegistriesSettings } from "../../../server/src/registry/registries-settings.ts";
import { createCertificate } from "../../support/certificate.ts";
import { describedMachine, type MachineDescription } from "../../support/registry/machine.ts";

const [a, b, c] = ["a.example", "b.example", "c.example"].map((host) => createCertificate({ hosts: [host] }));
const A = a?.cert ?? "";
const B = b?.cert ?? "";
const C = c?.cert ?? "";
const KEY = c?.key ?? "";
const DENIED = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
const names = new Map([
  [A, "A"],
  [B, "B"],
  [C, "C"],
]);

/** As in `describedMachine`, where a folder is what its files' paths say, or why it cannot be read. */
function machineWith(description: MachineDescription) {
  const machine = describedMachine(description);
  const paths = Object.keys(description.files ?? {});
  const readFolder = async (folder: string) => {
    const content = description.files?.[folder];
    if (content instanceof Error) throw content;
    const inside = paths.filter((path) => /^[\\/]/.test(path.slice(folder.length)) && path.startsWith(folder));
    return inside.length === 0 ? null : inside.map((path) => path.slice(folder.length + 1));
  };
  return { ...machine, readFolder };
}

function certificatesOf(
  description: MachineDescription,
  settings: RegistriesSettings = {},
  store: SystemStore = () => null,
) {
  const machine = machineWith(description);
  return { certificates: findCertificates(machine, settings, store), machine };
}

const letters = (authorities: readonly string[]) => authorities.map((pem) => names.get(pem) ?? "?").join("");

describe("authorities that are trusted everywhere", () => {
  test.each<[string, MachineDescription, letters: string, warnings: RegExp[]]>([
    ["none", {}, "", []],
    ["SSL_CERT_FILE", { environment: { SSL_CERT_FILE: "/a.pem" }, files: { "/a.pem": A } }, "A", []],
    ["NIX_SSL_CERT_FILE", { environment: { NIX_SSL_CERT_FILE: "/a.pem" }, files: { "/a.pem": A } }, "A", []],
    ["NODE_EXTRA_CA_CERTS", { environment: { NODE_EXTRA_CA_CERTS: "/a.pem" }, files: { "/a.pem": A } }, "A", []],
    [
      "several in one file, with words between them",
      {
        environment: { SSL_CERT_FILE: "/a.pem" },
        files: { "/a.pem": `# A\n${A}# B\r\n${B.replaceAll("\n", "\r\n")}` },
      },
      "AB",
      [],
    ],
    [
      "the same file twice",
      { environment: { SSL_CERT_FILE: "/a.pem", NIX_SSL_CERT_FILE: "/a.pem" }, files: { "/a.pem": A } },
      "A",
      [],
    ],
    [
      "the folders of SSL_CERT_DIR, whatever else lies there",
      {
        environment: { SSL_CERT_DIR: "/one:/none:/two" },
        files: { "/one/a.pem": A, "/one/b.txt": "no", "/two/c.crt": C, "/two/d": DENIED },
      },
      "AC",
      [],
    ],
    ["Debian's bundle", { files: { "/etc/ssl/certs/ca-certificates.crt": A, "/etc/ssl/cert.pem": B } }, "A", []],
    ["Fedora's bundle", { files: { "/etc/pki/tls/certs/ca-bundle.crt": A } }, "A", []],
    ["NixOS's bundle", { files: { "/etc/ssl/certs/ca-bundle.crt": A } }, "A", []],
    ["no bundle on Windows", { platform: "win32", files: { "/etc/ssl/cert.pem": A } }, "", []],
    [
      "a bundle and a file",
      { environment: { SSL_CERT_FILE: "/b.pem" }, files: { "/etc/ssl/cert.pem": A, "/b.pem": B } },
      "AB",
      [],
    ],
    [
      "the file that is not there in pure Nix shells",
      { environment: { NIX_SSL_CERT_FILE: "/no-cert-file.crt" } },
      "",
      [],
    ],
    [
      "a file that is not there",
      { environment: { SSL_CERT_FILE: "/none.pem" } },
      "",
      [/^SSL_CERT_FILE names \/none\.pem, where there are no certificates: correct it\.$/],
    ],
    [
      "a file that is no PEM",
      { environment: { SSL_CERT_FILE: "/a.pem" }, files: { "/a.pem": "no" } },
      "",
      [/^\/a\.pem holds no certificates in PEM that can be read; they are not trusted\.$/],
    ],
    [
      "a file with a certificate that is none",
      {
        environment: { SSL_CERT_FILE: "/a.pem" },
        files: { "/a.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" },
      },
      "",
      [/holds no certificates/],
    ],
    [
      "a file that cannot be read",
      { environment: { SSL_CERT_FILE: "/a.pem" }, files: { "/a.pem": DENIED } },
      "",
      [/^Certificates in \/a\.pem are left out, because it cannot be read: Error: EACCES/],
    ],
  ])("%s", async (_name, description, expected, warnings) => {
    const { certificates, machine } = certificatesOf(description);
    expect(letters(await certificates.shared())).toBe(expected);
    expect(machine.warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });

  test("the system's store where Node can look into it, and no bundle then", async () => {
    const { certificates } = certificatesOf({ files: { "/etc/ssl/cert.pem": A } }, {}, () => [B]);
    expect(letters(await certificates.shared())).toBe("B");
  });

  test("the bundle where Node looks and finds nothing", async () => {
    const { certificates } = certificatesOf({ files: { "/etc/ssl/cert.pem": A } }, {}, () => []);
    expect(letters(await certificates.shared())).toBe("A");
  });

  test("this Node's own store, if it can look into one, gives certificates", async () => {
    const found = await findCertificates(machineWith({ platform: "win32" }), {}).shared();
    expect(found.filter((pem) => readCertificates(pem) === null)).toEqual([]);
  });
});

describe("certificates of one registry", () => {
  const HOST = "r.example:5000";
  const USER = `/home/me/.config/containers/certs.d/${HOST}`;
  const CONTAINERS = `/etc/containers/certs.d/${HOST}`;
  const DOCKER = `/etc/docker/certs.d/${HOST}`;
  test.each<[string, MachineDescription, letters: string]>([
    ["nothing", {}, ""],
    ["the user's folder", { files: { [`${USER}/a.crt`]: A, [`${CONTAINERS}/b.crt`]: B } }, "A"],
    ["the system's folder", { files: { [`${CONTAINERS}/b.crt`]: B, [`${DOCKER}/c.crt`]: C } }, "B"],
    ["Docker's folder", { files: { [`${DOCKER}/c.crt`]: C } }, "C"],
    ["all of *.crt in the order of their names", { files: { [`${DOCKER}/2.crt`]: B, [`${DOCKER}/1.crt`]: A } }, "AB"],
    ["other files are not looked at", { files: { [`${DOCKER}/a.pem`]: A, [`${DOCKER}/README`]: "…" } }, ""],
    ["a folder without the port is another's", { files: { "/etc/docker/certs.d/r.example/a.crt": A } }, ""],
    ["a folder with another port is another's", { files: { "/etc/docker/certs.d/r.example:443/a.crt": A } }, ""],
    [
      "Docker Desktop's folder on macOS",
      { platform: "darwin", files: { [`/home/me/.docker/certs.d/${HOST}/a.crt`]: A } },
      "A",
    ],
  ])("%s", async (_name, description, expected) => {
    const { certificates, machine } = certificatesOf(description);
    expect(letters((await certificates.of(HOST)).authorities)).toBe(expected);
    expect(machine.warnings).toEqual([]);
  });

  test("Docker's folder on Windows", async () => {
    const files = { "D:\\Data\\docker\\certs.d\\r.example\\a.crt": A };
    const { certificates } = certificatesOf({ platform: "win32", environment: { ProgramData: "D:\\Data" }, files });
    expect(letters((await certificates.of("r.example")).authorities)).toBe("A");
  });

  test("a folder that cannot be read is told, and the next one counts", async () => {
    const { certificates, machine } = certificatesOf({ files: { [USER]: DENIED, [`${DOCKER}/c.crt`]: C } });
    expect(letters((await certificates.of(HOST)).authorities)).toBe("C");
    expect(machine.warnings).toEqual([expect.stringContaining(`Certificates in ${USER} are left out`)]);
  });

  test("a client's certificate and key", async () => {
    const { certificates } = certificatesOf({ files: { [`${DOCKER}/me.cert`]: C, [`${DOCKER}/me.key`]: KEY } });
    expect(await certificates.of(HOST)).toEqual({ authorities: [], client: { cert: C, key: KEY } });
    expect(await certificates.of("r.example")).toEqual({ authorities: [], client: null });
  });

  test.each<[setting: string, files: Record<string, string>, letters: string]>([
    ["/ca.pem", { "/ca.pem": A }, "A"],
    ["~/ca.pem", { "/home/me/ca.pem": A }, "A"],
    ["/ca.pem", { "/ca.pem": A, [`${DOCKER}/b.crt`]: B }, "AB"],
    ["", {}, ""],
  ])("the setting certificateAuthority: %s", async (certificateAuthority, files, expected) => {
    const { certificates } = certificatesOf({ files }, { [HOST]: { certificateAuthority } });
    expect(letters((await certificates.of(HOST)).authorities)).toBe(expected);
    expect((await certificates.of("r.example")).authorities).toEqual([]);
  });

  test("the setting of a registry holds for the host that answers instead", async () => {
    const settings = { "r.example": { endpoint: "https://cache.example", certificateAuthority: "/ca.pem" } };
    const { certificates } = certificatesOf({ files: { "/ca.pem": A } }, settings);
    expect(letters((await certificates.of("cache.example", "r.example")).authorities)).toBe("A");
    expect((await certificates.of("cache.example")).authorities).toEqual([]);
  });

  test.each(["../r.example", "..", ".", "a/b", "a\\b", ""])("%j is no folder's name", async (host) => {
    const { certificates, machine } = certificatesOf({ files: { [`/etc/docker/certs.d/${host}/a.crt`]: A } });
    expect((await certificates.of(host)).authorities).toEqual([]);
    expect(machine.readPaths).toEqual([]);
  });

  test.each<[string, MachineDescription, RegistriesSettings, message: string]>([
    [
      "an authority that is no PEM",
      { files: { [`${DOCKER}/a.crt`]: "no" } },
      {},
      `${DOCKER}/a.crt holds no certificates in PEM that can be read; correct or remove it.`,
    ],
    [
      "an authority that cannot be read",
      { files: { [`${DOCKER}/a.crt`]: DENIED } },
      {},
      `${DOCKER}/a.crt cannot be read; correct or remove it.`,
    ],
    [
      "a certificate without its key",
      { files: { [`${DOCKER}/me.cert`]: C } },
      {},
      `${DOCKER}/me.cert has no me.key beside it, which a client's certificate needs (authorities end in .crt); correct or remove it.`,
    ],
    [
      "a key without its certificate",
      { files: { [`${DOCKER}/me.key`]: KEY } },
      {},
      `${DOCKER}/me.key has no me.cert beside it; correct or remove it.`,
    ],
    [
      "a key that is none",
      { files: { [`${DOCKER}/me.cert`]: C, [`${DOCKER}/me.key`]: "no" } },
      {},
      `${DOCKER}/me.key is not a private key in PEM without a passphrase; correct or remove it.`,
    ],
    [
      "a key of another certificate",
      { files: { [`${DOCKER}/me.cert`]: A, [`${DOCKER}/me.key`]: KEY } },
      {},
      `${DOCKER}/me.key is not the key of the certificate beside it; correct or remove it.`,
    ],
    [
      "a setting that names no file",
      {},
      { [HOST]: { certificateAuthority: "/ca.pem" } },
      "/ca.pem is named as a certificate authority but is not there; correct or remove it.",
    ],
    [
      "a setting that names no PEM",
      { files: { "/ca.pem": "no" } },
      { [HOST]: { certificateAuthority: "/ca.pem" } },
      "/ca.pem holds no certificates in PEM that can be read; correct or remove it.",
    ],
  ])("%s is an error that names the file", async (_name, description, settings, message) => {
    const { certificates } = certificatesOf(description, settings);
    await expect(certificates.of(HOST)).rejects.toMatchObject({ code: "certificate-unreadable", message });
    expect(await certificates.of("other.example")).toEqual({ authorities: [], client: null });
  });
});
