/** What the user says of a registry; a setting goes before what `registries.conf` says of it. */
export interface RegistrySettings {
  /** An http(s) URL that answers for the registry instead, such as a pull-through cache; its path comes before `/v2/`. */
  readonly endpoint?: string;
  /** False takes verification away; true takes nothing back that a pin gave up. */
  readonly tlsVerify?: boolean;
  /**
   * Asked first for what is named by digest, in this order: `host[:port][/namespace]` as in `registries.conf`, or an http(s)
   * URL as `endpoint`. Replaces the mirrors of `registries.conf`.
   */
  readonly mirrors?: readonly string[];
  /**
   * Hosts of token services, with a port or for any port, that may have this registry's credentials though they seem to belong
   * to someone else.
   */
  readonly trustedAuthRealms?: readonly string[];
  /** A file of PEM certificates that are trusted for this registry. */
  readonly certificateAuthority?: string;
}

/** By the registry's host as it stands in image names, with its port where it has one. */
export type RegistriesSettings = Readonly<Record<string, RegistrySettings>>;
