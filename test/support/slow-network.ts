import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SlowNetworkOptions {
  /** Milliseconds from question to answer. */
  readonly roundTrip: number;
  /** Bytes per second towards clients, of all connections together. */
  readonly bandwidth: number;
}

export interface SlowNetwork {
  readonly port: number;
  /** Milliseconds since the first connection was made, until the last byte was delivered; begins anew. */
  takeDuration(): number;
  close(): Promise<void>;
}

/** What of one connection may be under way or unread at once, as a large TCP window allows. */
const WINDOW = 4 * 1024 * 1024;
const PIECES_READ_AHEAD = 4;

/**
 * Passes connections on to a port of this machine by way of a link that is far and narrow: every byte takes half a round
 * trip, a connection needs a whole one before it carries any, and connections that have something to send take turns on
 * the link. There is no loss, and no slow start.
 */
export async function startSlowNetwork(target: number, options: SlowNetworkOptions): Promise<SlowNetwork> {
  const oneWay = options.roundTrip / 2;
  const link = createLink(options.bandwidth, oneWay);
  const sockets = new Set<Socket>();
  let [first, last] = [Number.NaN, Number.NaN];
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (Number.isNaN(first)) first = performance.now();
    const upstream = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    keep(client);
    keep(upstream);
    const up = createSchedule();
    const connectedAt = performance.now() + options.roundTrip;
    const arrival = () => Math.max(performance.now(), connectedAt) + oneWay;
    client.on("data", (bytes) => up.add(arrival(), () => upstream.write(bytes)));
    client.once("end", () => up.add(arrival(), () => upstream.end()));
    client.once("close", () => up.add(arrival(), () => upstream.destroy()));
    link.carry(upstream, client, () => {
      last = performance.now();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    takeDuration() {
      const duration = last - first;
      [first, last] = [Number.NaN, Number.NaN];
      return duration;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Does everything in the order in which it is given, each thing not before its time. */
function createSchedule() {
  const waiting: { readonly at: number; readonly act: () => void }[] = [];
  const look = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const left = next.at - performance.now();
      if (left > 0) {
        setTimeout(look, left);
        return;
      }
      waiting.shift();
      next.act();
    }
  };
  return {
    add(at: number, act: () => void) {
      waiting.push({ at, act });
      if (waiting.length === 1) look();
    },
  };
}

/** The way from servers to clients. */
function createLink(bandwidth: number, delay: number) {
  const deliveries = createSchedule();
  const turns: (() => Sent | null)[] = [];
  /** When the link has sent all that it was given. */
  let freeAt = 0;
  let isBusy = false;
  const send = () => {
    isBusy = false;
    while (turns.length > 0 && freeAt <= performance.now()) {
      const sent = turns.shift()?.() ?? null;
      if (sent === null) continue;
      freeAt += (sent.size / bandwidth) * 1000;
      deliveries.add(freeAt + delay, sent.deliver);
    }
    if (turns.length === 0) return;
    isBusy = true;
    setTimeout(send, freeAt - performance.now());
  };
  const takeTurn = (turn: () => Sent | null) => {
    // Time in which nobody had anything to send is gone.
    if (turns.length === 0) freeAt = Math.max(freeAt, performance.now());
    turns.push(turn);
    if (!isBusy) send();
  };
  return {
    carry(from: Socket, to: Socket, onDelivered: () => void): void {
      const pieces: Buffer[] = [];
      let unread = 0;
      let [hasTurn, hasEnded, isOver] = [false, false, false];
      const next = () => {
        if (to.destroyed) return;
        if (pieces.length > 0 && unread < WINDOW && !hasTurn) {
          hasTurn = true;
          takeTurn(turn);
        }
        if (pieces.length === 0 && hasEnded && !isOver) {
          isOver = true;
          deliveries.add(Math.max(freeAt, performance.now()) + delay, () => to.end());
        }
        if (pieces.length < PIECES_READ_AHEAD) from.resume();
        else from.pause();
      };
      const turn = () => {
        hasTurn = false;
        const piece = pieces.shift();
        if (piece === undefined || to.destroyed) return null;
        unread += piece.length;
        queueMicrotask(next);
        const deliver = () => {
          if (to.destroyed) return;
          onDelivered();
          to.write(piece, () => {
            unread -= piece.length;
            next();
          });
        };
        return { size: piece.length, deliver };
      };
      const end = () => {
        hasEnded = true;
        next();
      };
      from.on("data", (piece: Buffer) => {
        pieces.push(piece);
        next();
      });
      from.once("end", end).once("close", end);
      to.once("close", () => from.destroy());
    },
  };
}

interface Sent {
  readonly size: number;
  readonly deliver: () => void;
}
