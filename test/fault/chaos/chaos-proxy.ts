import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { RandomBelow } from "../../support/images/random.ts";

/** What a connection suffers. */
const FATES = ["none", "reset at once", "reset", "truncated", "stalled", "refused with 429"] as const;
export type Fate = (typeof FATES)[number];

/** Out of a hundred connections. */
const ODDS: Readonly<Record<Fate, number>> = {
  none: 25,
  "reset at once": 18,
  reset: 12,
  truncated: 12,
  stalled: 8,
  "refused with 429": 25,
};
const LONGEST_LIFE = 150_000;

export interface ChaosProxy {
  readonly port: number;
  /** Connections by what they suffered. */
  readonly suffered: ReadonlyMap<Fate, number>;
  openSockets(): number;
  close(): Promise<void>;
}

/**
 * Passes connections on to a port of this machine, unchanged and in order, until the fate of each strikes: after a random
 * number of bytes from the server it is reset, ended or goes silent. Some are answered 429 instead.
 */
export async function startChaosProxy(target: number, below: RandomBelow): Promise<ChaosProxy> {
  const suffered = new Map<Fate, number>();
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    const fate = drawFate(below);
    suffered.set(fate, (suffered.get(fate) ?? 0) + 1);
    if (fate === "reset at once") client.resetAndDestroy();
    else if (fate === "refused with 429") refuse(client, below);
    else pass(client, fate, below(LONGEST_LIFE));
  });
  const pass = (client: Socket, fate: Fate, life: number) => {
    const upstream = connect(target, "127.0.0.1");
    keep(upstream);
    client.pipe(upstream);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => {
      if (fate !== "stalled" || life > 0) client.end();
    });
    let left = fate === "none" ? Number.POSITIVE_INFINITY : life;
    upstream.on("data", (bytes: Buffer) => {
      const passed = bytes.subarray(0, Math.min(bytes.length, left));
      left -= passed.length;
      if (!client.write(passed)) {
        upstream.pause();
        client.once("drain", () => upstream.resume());
      }
      if (passed.length === bytes.length) return;
      upstream.pause();
      if (fate === "reset") client.resetAndDestroy();
      // A stalled connection stays open: the client has to give up by itself.
      if (fate === "truncated") client.end(() => client.destroy());
    });
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    suffered,
    openSockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function drawFate(below: RandomBelow): Fate {
  let drawn = below(100);
  for (const fate of FATES) {
    drawn -= ODDS[fate];
    if (drawn < 0) return fate;
  }
  return "none";
}

/** Answers the first request with 429 and ends the connection. */
function refuse(client: Socket, below: RandomBelow): void {
  const patience = below(2) === 0 ? "" : `Retry-After: ${below(5)}\r\n`;
  client.once("data", () => {
    client.end(`HTTP/1.1 429 Too Many Requests\r\n${patience}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  });
}
