import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import type { Digest } from "../../../server/src/oci/digest.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import type { RegistriesSettings } from "../../../server/src/registry/registries-settings.ts";
import type { Timeouts } from "../../../server/src/registry/transport.ts";
import type { ForwardProxyOptions } from "../../support/forward-proxy.ts";
import type { RepositoryContent } from "../../support/registry/content.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import type { MachineDescription } from "../../support/registry/machine.ts";
import { ACCOUNT, IDENTITY_TOKEN, OLD_ACCOUNT, type Secret } from "../secrets.ts";

/** The hosts of a row, each a listener of its own; `registry` is the one that the image is named after. */
export const LISTENERS = ["registry", "cdn", "auth", "other"] as const;
export type Listener = (typeof LISTENERS)[number];

/** Puts an image into a repository; `fill` gives texts with the origins of listeners. */
export type ImageOf = (repository: RepositoryContent, fill: (text: string) => string) => Digest;

/**
 * One failure mode: what goes wrong, and what must come of it.
 *
 * Texts of faults and challenges may hold `{registry}`, `{cdn}`, `{auth}` and `{other}` for the origins of the listeners,
 * `{registryHost}` and so on for their hosts, `{proxy}` for the proxy's host, `{layer}`, `{config}` and `{manifest}` for
 * paths of the sample image, and `{canary}` for a secret that only `cdn` may see.
 */
export interface Row {
  /** As the failure mode is numbered in what was learnt of other clients; unique. */
  readonly id: string;
  /** What happens, for people. */
  readonly what: string;
  /** What the client is asked for; the whole image when absent. */
  readonly does?: "prefetch" | "prefetch by digest" | "resolve" | "resolve by digest" | "tags";
  /** What the registry holds instead of the sample image. */
  readonly image?: ImageOf;
  /** True: `image` itself gives the right hash, not the sample image. */
  readonly isOwnRight?: boolean;
  /** True: all listeners speak plain http on 127.0.0.1, and TLS verification is off. */
  readonly isPlain?: boolean;
  /** True: the registry, and only it, speaks plain http where https is expected. */
  readonly speaksHttp?: boolean;
  /** Asked instead of the registry that runs. */
  readonly host?: string;
  readonly tlsVerify?: boolean;
  /** What is wrong with the registry's certificate. */
  readonly certificate?: "expired" | "of an unknown authority" | "for another host";
  /** What the registry wants; nothing when absent. Tokens are issued by `auth`, to the account or to everyone. */
  readonly authorization?: "basic" | "bearer" | "bearer for all";
  /** The lines of its challenge, when they are not the usual ones. */
  readonly challenges?: readonly string[];
  /** Seconds that tokens live. */
  readonly tokenLifetime?: number;
  /** The member of the token service's answers that holds the token. */
  readonly tokenField?: "access_token";
  /** Who is signed in; nobody when absent. */
  readonly credentials?: keyof typeof CREDENTIALS;
  /** Instead of `credentials`: the files of the user's machine by path, and the programs there. */
  readonly machine?: Pick<MachineDescription, "files" | "programs" | "environment">;
  /** What the user's settings and `registries.conf` say of registries. */
  readonly settings?: RegistriesSettings;
  readonly registriesConf?: string;
  /** A proxy that runs, and how it answers; `HTTPS_PROXY` of `environment` leads to it. */
  readonly proxy?: Pick<ForwardProxyOptions, "connectStatus" | "account">;
  readonly environment?: Readonly<Record<string, string>>;
  /** A listener that wants tokens too, of its own service, for anyone; the registry takes none of those. */
  readonly guarded?: "cdn" | "other";
  /** Who else issues tokens of the registry, to everyone. */
  readonly alsoIssuesTokens?: "other";
  /** Secrets that a listener may be sent beside those that belong to it. */
  readonly mayKnow?: Partial<Record<Listener, readonly Secret[]>>;
  readonly faults?: Partial<Record<Listener, readonly FaultRow[]>>;
  /** Milliseconds that pass when a request arrives, by its name as in `requests`, the first time. */
  readonly passes?: Readonly<Record<string, number>>;
  /** Milliseconds that pass before a body breaks off. */
  readonly breakTakes?: number;
  /** The user cancels when this request arrives, or when the client begins to wait. */
  readonly cancelledAt?: string;
  /** Real ones, for rows in which nothing comes. */
  readonly timeouts?: Partial<Timeouts>;
  /** `right`: the hash, digest or tags as without the fault. `cancelled`: the user's reason. Else the code of the error. */
  readonly outcome: "right" | "cancelled" | ErrorCode;
  /** What the error says. */
  readonly says?: RegExp;
  /** What is warned of, in the log or with the result; nothing when absent. */
  readonly warns?: RegExp;
  /** Tags that are right. */
  readonly tags?: readonly string[];
  /**
   * All requests that each listener saw, in order: method unless GET, name, status. Names: `ping`, `manifest`, `config`,
   * `layer`, `token` with its scopes; other paths as they are. `fresh` past caches, `[…-]` for a range, `?…` for a query, `-` for no status.
   */
  readonly requests: Partial<Record<Listener | "proxy", string | RegExp>>;
  /** The order of requests is not fixed, since layers are fetched at once. */
  readonly anyOrder?: boolean;
  /** Milliseconds waited before trying again, jitter at its middle; none when absent. */
  readonly waits?: readonly number[];
}

export const CREDENTIALS = {
  password: { kind: "password", ...ACCOUNT },
  "old password": { kind: "password", ...OLD_ACCOUNT },
  "identity token": { kind: "identity-token", token: IDENTITY_TOKEN },
} as const satisfies Record<string, Credentials>;
