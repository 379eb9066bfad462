/** Bounds what all prefetches of a process download ahead of their readers. */
export interface DownloadBudget {
  /** Bytes that may be held. */
  readonly memory: number;
  /** Bytes that are held now; more than `memory` only for those that may not wait. */
  readonly held: number;
  /** Holds so many bytes if there is room for them. Who is refused is told when it may try again, as a member. */
  tryHold(bytes: number): boolean;
  /** Holds so many bytes, room or not: a reader waits for them. */
  hold(bytes: number): void;
  release(bytes: number): void;
  /** `onRoom` is called after something was released that a member had been refused. */
  join(host: string, onRoom: () => void): BudgetMember;
}

/** One prefetch, as the budget knows it. */
export interface BudgetMember {
  /**
   * Begins a download ahead and holds so many bytes for it, if there is room, and the bound on those from the host and this
   * member's share of it allow one more.
   */
  tryBegin(bytes: number): boolean;
  /** A download that was begun has ended, or is not ahead any more. */
  end(): void;
  leave(): void;
}

export interface DownloadBounds {
  /** Bytes that all blobs ahead may hold. */
  readonly memory: number;
  /** Downloads ahead from one host; 6, as many as browsers and skopeo make, unless given. */
  readonly perHost?: number;
}

interface Host {
  begun: number;
  members: number;
}

export function createDownloadBudget({ memory, perHost = 6 }: DownloadBounds): DownloadBudget {
  const hosts = new Map<string, Host>();
  const listeners = new Set<() => void>();
  let held = 0;
  let wasRefused = false;
  let isTelling = false;

  const refuse = (): false => {
    wasRefused = true;
    return false;
  };
  // Later and once, for many releases come together, and a listener must not be called while it works.
  const tellOfRoom = () => {
    if (!wasRefused || isTelling) return;
    isTelling = true;
    queueMicrotask(() => {
      isTelling = false;
      wasRefused = false;
      const [first, ...others] = listeners;
      for (const listener of [...listeners]) listener();
      // The next time another one is first.
      if (first !== undefined && others.length > 0 && listeners.delete(first)) listeners.add(first);
    });
  };

  return {
    memory,
    get held() {
      return held;
    },
    tryHold(bytes) {
      if (held + bytes > memory) return refuse();
      held += bytes;
      return true;
    },
    hold(bytes) {
      held += bytes;
    },
    release(bytes) {
      if (bytes === 0) return;
      held -= bytes;
      tellOfRoom();
    },
    join(name, onRoom) {
      const host = hosts.get(name) ?? { begun: 0, members: 0 };
      hosts.set(name, host);
      host.members += 1;
      const listener = () => onRoom();
      listeners.add(listener);
      let begun = 0;
      const end = (count: number) => {
        begun -= count;
        host.begun -= count;
        tellOfRoom();
      };
      return {
        tryBegin(bytes) {
          const isOne = host.begun < perHost && begun < Math.ceil(perHost / host.members);
          if (!isOne || held + bytes > memory) return refuse();
          held += bytes;
          begun += 1;
          host.begun += 1;
          return true;
        },
        end: () => end(1),
        leave() {
          if (!listeners.delete(listener)) return;
          host.members -= 1;
          end(begun);
          if (host.members === 0) hosts.delete(name);
        },
      };
    },
  };
}
