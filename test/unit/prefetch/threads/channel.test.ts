import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChannelBroken, ChannelPool } from "../../../../server/src/prefetch/threads/channel.ts";
import { ChannelReader } from "../../../../server/src/prefetch/threads/channel-reader.ts";
import { ChannelWriter } from "../../../../server/src/prefetch/threads/channel-writer.ts";
import { randomBytes } from "../../../support/images/random.ts";
import { collect } from "../../../support/read-layer.ts";

const SHAPE = { slots: 3, slotSize: 10 };

function opened(shape = SHAPE) {
  const channel = new ChannelPool(1).openChannel(shape);
  return { writer: new ChannelWriter(channel.writer), reader: new ChannelReader(channel.reader) };
}

async function writeAll(writer: ChannelWriter, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) await writer.write(piece);
  writer.end();
}

test("what is written is read, however it is cut", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
  const shape = fc.record({ slots: fc.integer({ min: 1, max: 4 }), slotSize: fc.integer({ min: 1, max: 16 }) });
  await fc.assert(
    fc.asyncProperty(pieces, shape, async (written, size) => {
      const { writer, reader } = opened(size);
      const [read] = await Promise.all([collect(reader), writeAll(writer, written)]);
      expect(read).toEqual(Buffer.concat(written));
    }),
  );
});

test("what was put where there is room is not copied, and mixes with what is", async () => {
  const { writer, reader } = opened({ slots: 4, slotSize: 10 });
  const reading = collect(reader);
  const bytes = randomBytes(1, 24);
  await writer.write(bytes.subarray(0, 4));
  expect(writer.room(100)).toHaveLength(6);
  const room = writer.room(5)!;
  room.set(bytes.subarray(4, 9));
  await writer.write(room);
  await writer.write(bytes.subarray(9, 22));
  const more = writer.room(2)!;
  more.set(bytes.subarray(22));
  await writer.write(more);
  writer.end();
  expect(await reading).toEqual(Buffer.from(bytes));
});

test("there is no room while all slots are full, nor when the reader has gone", async () => {
  const { writer } = opened();
  await writer.write(randomBytes(1, 30));
  expect(writer.room(1)).toBe(null);
  const closed = opened().writer;
  closed.close();
  expect(closed.room(1)).toBe(null);
});

test("a writer waits when all slots are full, until the reader is done with the first", async () => {
  const { writer, reader } = opened();
  await writer.write(randomBytes(1, 30));
  let isWritten = false;
  const written = writer.write(Buffer.from("more")).then(() => {
    isWritten = true;
  });
  const pieces = reader[Symbol.asyncIterator]();
  await pieces.next();
  // A turn of the event loop, in which a message would arrive.
  await new Promise(setImmediate);
  expect(isWritten).toBe(false);
  await pieces.next();
  await written;
  await pieces.return();
});

describe("a channel breaks", () => {
  test("for the reader, where the writer goes before the end", async () => {
    const { writer, reader } = opened();
    const pieces = reader[Symbol.asyncIterator]();
    const first = pieces.next();
    await writer.write(randomBytes(1, 10));
    expect((await first).value).toEqual(new Uint8Array(randomBytes(1, 10)));
    writer.close();
    await expect(pieces.next()).rejects.toThrow(ChannelBroken);
  });

  test("for a reader that waits, where it is closed from outside", async () => {
    const { reader } = opened();
    const reading = collect(reader);
    reader.close();
    await expect(reading).rejects.toThrow(ChannelBroken);
  });

  test("for a writer that waits, where the reader goes: the rest goes nowhere", async () => {
    const { writer, reader } = opened();
    const pieces = reader[Symbol.asyncIterator]();
    const written = writer.write(randomBytes(1, 1000));
    await pieces.next();
    await pieces.return();
    await written;
    expect(writer.isOpen).toBe(false);
  });

  test("and tells at once who asked to be told, but not after the end", async () => {
    const told: string[] = [];
    const pool = new ChannelPool(1);
    const broken = pool.openChannel(SHAPE);
    const whole = pool.openChannel(SHAPE);
    const brokenWriter = new ChannelWriter(broken.writer);
    await brokenWriter.write(randomBytes(1, 25));
    const isTold = new Promise<void>((resolve) => {
      new ChannelReader(broken.reader, () => {
        told.push("broken");
        resolve();
      });
    });
    const reading = collect(new ChannelReader(whole.reader, () => told.push("whole")));
    const wholeWriter = new ChannelWriter(whole.writer);
    await writeAll(wholeWriter, [randomBytes(2, 100)]);
    await reading;
    await expect.poll(() => wholeWriter.isOpen).toBe(false);
    brokenWriter.close();
    await isTold;
    expect(told).toEqual(["broken"]);
  });
});

describe("memory", () => {
  test("is used again when both sides have released it", () => {
    const pool = new ChannelPool(1);
    const first = pool.openChannel(SHAPE);
    first.release();
    expect(pool.openChannel(SHAPE).reader.memory.buffer).not.toBe(first.reader.memory.buffer);
    first.release();
    expect(pool.openChannel(SHAPE).reader.memory.buffer).toBe(first.reader.memory.buffer);
    expect(pool.open).toBe(2);
  });

  test("is kept up to a limit", () => {
    const pool = new ChannelPool(1);
    const channels = [pool.openChannel(SHAPE), pool.openChannel(SHAPE)];
    for (const { release } of [...channels, ...channels]) release();
    const buffers = channels.map(({ reader }) => reader.memory.buffer);
    const again = [pool.openChannel(SHAPE), pool.openChannel(SHAPE)].map(({ reader }) => reader.memory.buffer);
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(1);
  });
});
