import type { RequestOptions } from "./client.ts";
import type { Source } from "./registry-rules.ts";
import { openSession, type Session, type SessionContext } from "./session.ts";
import { createSharedWork } from "./shared-work.ts";

/** One session per endpoint, opened when first needed and again after a failure. */
export interface Sessions {
  open(source: Source, options: RequestOptions): Promise<Session>;
}

export function createSessions(context: SessionContext): Sessions {
  const sessions = new Map<string, Session>();
  const openings = createSharedWork<Session>();
  return {
    async open({ endpoint }, options) {
      const key = JSON.stringify(endpoint);
      const known = sessions.get(key);
      if (known !== undefined) return known;
      return openings.join(key, options, async (shared) => {
        const session = await openSession(endpoint, context, shared);
        sessions.set(key, session);
        return session;
      });
    },
  };
}
