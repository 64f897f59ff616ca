// What a commit costs: CPU per message and bytes written to the device, by batch size. Run it with
//   npm exec -c 'node test/bench/store.bench.ts'
// Bytes are given as the store counts them and as the kernel does (/proc/self/io, Linux).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync, zstdCompressSync } from "node:zlib";

import type { JournalEntry } from "../../src/store/journal.ts";
import type { OutboxBlob } from "../../src/store/lane.ts";
import { openStore } from "../../src/store/open.ts";
import { storeOptions } from "../store/kit.ts";

interface Case {
  readonly name: string;
  readonly messages: number;
  readonly commits: number;
  /** Result rows per commit, confirmed ten commits later. */
  readonly rows: number;
}

const CASES: readonly Case[] = [
  { name: "1 message", messages: 1, commits: 5000, rows: 0 },
  { name: "5 messages", messages: 5, commits: 5000, rows: 0 },
  { name: "50 messages", messages: 50, commits: 5000, rows: 0 },
  { name: "500 messages", messages: 500, commits: 3000, rows: 0 },
  { name: "500 messages, 10 rows out", messages: 500, commits: 3000, rows: 10 },
  { name: "500 messages, 200 rows out", messages: 500, commits: 3000, rows: 200 },
  { name: "4096 messages", messages: 4096, commits: 400, rows: 0 },
];

const batches = new Map<number, readonly Buffer[]>();

function batchesOf(messages: number): readonly Buffer[] {
  let made = batches.get(messages);
  if (made === undefined)
    batches.set(messages, (made = Array.from({ length: 16 }, () => batch(messages))));
  return made;
}

let seed = 42;
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return seed / 0x7fff_ffff;
}

/** JSON of 5 fields, about 90 bytes a message, and 16 bytes of table per message. */
function batch(messages: number): Buffer {
  const words = Buffer.alloc(messages * 16);
  let text = "";
  for (let index = 0; index < messages; index++) {
    text += JSON.stringify({
      device: `sensor-${Math.floor(random() * 10_000)}`,
      seq: Math.floor(random() * 1_000_000),
      ts: 1_700_000_000_000 + Math.floor(random() * 3000),
      temperature: Number((20 + random() * 15).toFixed(2)),
      vibration: Number(random().toFixed(4)),
    });
    words.writeUInt32LE(text.length, index * 16);
    words.writeUInt32LE(Math.floor(random() * 100), index * 16 + 4);
    words.writeUInt32LE(Math.floor(index / 5), index * 16 + 8);
    words.writeUInt32LE(index & 0xffff, index * 16 + 12);
  }
  return Buffer.concat([Buffer.from(text), words]);
}

function entry(number: number, messages: number): JournalEntry {
  const made = batchesOf(messages);
  return {
    kind: "messages",
    timeMs: 1_700_000_000_000 + number * 20,
    engineTimeMs: number * 20,
    count: messages,
    data: made[number % made.length]!,
    digest: BigInt(number),
    engineVersion: "0.1.0",
  };
}

function outbox(rows: number): OutboxBlob[] {
  if (rows === 0) return [];
  const bytes = Buffer.from(batchesOf(500)[0]!.subarray(0, rows * 120));
  return [{ lane: "result", rows, bytes, logicalBytes: bytes.length }];
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function kernelBytes(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

function run({ name, messages, commits, rows }: Case): void {
  const directory = mkdtempSync(join(tmpdir(), "headrace-bench-"));
  // A journal that is full after half of the commits: deletes are part of the figure.
  const stored = 0.25 * batchesOf(messages)[0]!.length * commits;
  const journal = { quotaBytes: Math.max(100_000, stored / 2), maxAgeMs: 1e12 };
  const store = openStore(storeOptions(directory, { journal }));
  const checkpoint = { state: Buffer.alloc(1000), timeMs: 1, engineVersion: "0.1.0" };
  for (let warm = 0; warm < 20; warm++)
    store.commit({ timeMs: 1, journal: [entry(warm, messages)] });
  const [cpu, flash, kernel] = [cpuMicros(), store.stats.flashBytes, kernelBytes()];
  for (let number = 0; number < commits; number++) {
    const last = store.laneState("result").lastSequence;
    if (rows > 0 && number % 5 === 0 && last > 10 * rows) {
      store.confirm("result", last - 10 * rows, number);
    }
    const unit = { timeMs: number, journal: [entry(number, messages)], outbox: outbox(rows) };
    store.commit(number % 250 === 249 ? { ...unit, checkpoint } : unit);
    store.maintain();
  }
  const cpuPerMessage = (cpuMicros() - cpu) / commits / messages;
  const counted = (store.stats.flashBytes - flash) / commits;
  const written = (kernelBytes() - kernel) / commits;
  const payload = store.stats.journalBytes / store.stats.journalEntries;
  const figures = [
    `${cpuPerMessage.toFixed(2)} µs/message`,
    `payload ${payload.toFixed(0)} B/commit`,
    `flash ${counted.toFixed(0)} B/commit (kernel ${written.toFixed(0)})`,
    `${(counted / messages).toFixed(0)} B/message`,
  ];
  process.stdout.write(`${name}: ${figures.join(", ")}\n`);
  store.close();
  rmSync(directory, { recursive: true });
}

function compareCodecs(): void {
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
  const codecs: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    "deflate 1": (bytes) => deflateRawSync(bytes, { level: 1 }),
    "zstd 1": (bytes) => zstdCompressSync(bytes, level),
  };
  for (let round = 0; round < 2; round++) {
    for (const [name, pack] of Object.entries(codecs)) {
      const cpu = cpuMicros();
      let bytes = 0;
      for (let index = 0; index < 400; index++) bytes += pack(batchesOf(500)[index % 16]!).length;
      const micros = (cpuMicros() - cpu) / 400;
      process.stdout.write(
        `${name}: ${micros.toFixed(0)} µs, ${(bytes / 400).toFixed(0)} B a batch of 500\n`,
      );
    }
  }
}

compareCodecs();
for (const each of CASES) run(each);
