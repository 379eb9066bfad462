import { expect, test } from "vitest";
import { RestartableSession } from "../../../client/src/restartable-session.ts";
import type { Session } from "../../../client/src/session.ts";

/** Sessions whose stop takes until it is let go; tells what happened. */
function recordedSessions() {
  const events: string[] = [];
  const stops: (() => void)[] = [];
  let count = 0;
  const start = () => {
    const number = ++count;
    events.push(`start ${number}`);
    return {
      client: number as unknown as Session["client"],
      stop: () =>
        new Promise<void>((resolve) =>
          stops.push(() => {
            events.push(`stopped ${number}`);
            resolve();
          }),
        ),
    };
  };
  return { events, start, letGo: () => stops.shift()?.() };
}

test("starts one session, and a new one only after the old one has stopped", async () => {
  const { events, start, letGo } = recordedSessions();
  const session = new RestartableSession(start);
  const restarted = session.restart();
  expect(events).toEqual(["start 1"]);
  letGo();
  await restarted;
  expect(events).toEqual(["start 1", "stopped 1", "start 2"]);
  expect(session.client).toBe(2);
});

test("restarts once for all who ask at the same time, and again later", async () => {
  const { events, start, letGo } = recordedSessions();
  const session = new RestartableSession(start);
  const both = Promise.all([session.restart(), session.restart()]);
  letGo();
  await both;
  const again = session.restart();
  letGo();
  await again;
  expect(events).toEqual(["start 1", "stopped 1", "start 2", "stopped 2", "start 3"]);
});

test("stops the session that runs", async () => {
  const { events, start, letGo } = recordedSessions();
  const stopped = new RestartableSession(start).stop();
  letGo();
  await stopped;
  expect(events).toEqual(["start 1", "stopped 1"]);
});
