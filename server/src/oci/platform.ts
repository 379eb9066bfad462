/** What an image runs on, in the registry's words (GOOS and GOARCH): `linux`, `amd64`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}
