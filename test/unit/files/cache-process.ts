import { silentLog } from "../../../server/src/base/log.ts";
import { openCacheFolder } from "../../../server/src/files/cache-folder.ts";

/** A process that writes and reads entries of one folder as fast as it can; it prints how often it read what nobody wrote. */
const [folder = "", rounds = "0", sizeLimit = "0"] = process.argv.slice(2);
const KEYS = 40;
const warnings: string[] = [];
const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
const cache = openCacheFolder({ folder, sizeLimit: Number(sizeLimit), log });

let wrong = 0;
let found = 0;
for (let round = 0; round < Number(rounds); round++) {
  const key = `key ${round % KEYS}`;
  const lengths = [10, 3000, 9000];
  const value = Buffer.alloc(lengths[(round + process.pid) % lengths.length] ?? 0, key);
  await Promise.all([cache.write("image", key, value), cache.write("layer", `${key} of ${process.pid}`, value)]);
  const read = await cache.read("image", key);
  if (read === null) continue;
  found += 1;
  if (!Buffer.from(read).equals(Buffer.alloc(read.length, key)) || !lengths.includes(read.length)) wrong += 1;
}
process.stdout.write(JSON.stringify({ wrong, found, warnings }));
