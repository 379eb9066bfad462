import type { RegistryOptions } from "./server.ts";

/** Holds requests back until it is opened. */
export interface Gate {
  /** For `RegistryOptions.gate`. */
  readonly pass: NonNullable<RegistryOptions["gate"]>;
  /** Resolves when the first request waits. */
  readonly reached: Promise<void>;
  open(): void;
}

/** A gate for the requests whose path matches. */
export function createGate(paths: RegExp): Gate {
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
      if (!paths.test(path)) return;
      arrive();
      await opened;
    },
    reached,
    open: () => open(),
  };
}
