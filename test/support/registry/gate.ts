import type { RegistryOptions } from "./server.ts";

/** Holds requests back until it is opened. */
export interface Gate {
  /** For `RegistryOptions.gate`. */
  readonly pass: NonNullable<RegistryOptions["gate"]>;
  /** Resolves when the first request waits. */
  readonly reached: Promise<void>;
  open(): void;
}

/** A gate for the requests whose path ends with one of these, such as a digest. */
export function createGate(...ends: readonly string[]): Gate {
  let arrive = () => {};
  let open = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    pass: async ({ path }) => {
      if (!ends.some((end) => path.endsWith(end))) return;
      arrive();
      await opened;
    },
    reached,
    open: () => open(),
  };
}
