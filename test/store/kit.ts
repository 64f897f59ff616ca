// What store tests share: a store in a folder of its own, and batches that can be recognised again.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import type { Lane } from "../../src/core/protocol.ts";
import type { JournalEntry } from "../../src/store/journal.ts";
import type { LaneQuota, OutboxBlob } from "../../src/store/lane.ts";
import { openStore, type StoreOptions } from "../../src/store/open.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

export const MIB: number = 1024 * 1024;

/** A folder that is removed when the test ends. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "headrace-store-"));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export type Changes = Partial<Omit<StoreOptions, "directory" | "lanes">> & {
  readonly lanes?: Partial<Record<Lane, LaneQuota>>;
};

/** Generous quotas, no ballast, one fixed incarnation. */
export function storeOptions(directory: string, changes: Changes = {}): StoreOptions {
  const lane: LaneQuota = { bytes: 64 * MIB, overflow: "block" };
  return {
    directory,
    journal: { quotaBytes: 256 * MIB, maxAgeMs: 1e12 },
    newIncarnation: () => "00000000000000aa",
    log: silentLog,
    ballastBytes: 0,
    reserveBytes: 0,
    ...changes,
    lanes: { alarm: lane, result: lane, raw: lane, local: lane, ...changes.lanes },
  };
}

/** Opens a store that is closed when the test ends, unless the test closed it. */
export function openForTest(context: Pick<TestContext, "after">, options: StoreOptions): Store {
  const store = openStore(options);
  const close = store.close.bind(store);
  let open = true;
  store.close = () => {
    if (open) close();
    open = false;
  };
  context.after(() => {
    store.close();
  });
  return store;
}

/** Runs SQL on a database that no store has open, as a flipped bit would change its rows. */
export function alter(directory: string, sql: string): void {
  const db = openDatabase(join(directory, "headrace.db"));
  db.exec(sql);
  db.close();
}

const silentLog: StoreOptions["log"] = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** A logger that keeps the messages. */
export function recordingLog(): { readonly log: StoreOptions["log"]; readonly messages: string[] } {
  const messages: string[] = [];
  const add = (message: string): void => {
    messages.push(message);
  };
  return { log: { debug: add, info: add, warn: add, error: add }, messages };
}

/** Bytes that depend on `number` alone, half of them compressible. */
export function bytesOf(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(length, `batch ${number} `);
  let state = (number * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at += 2) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A journal entry that depends on `number` alone. */
export function entryOf(number: number, length: number = 100 + (number % 7) * 1500): JournalEntry {
  return {
    kind: "messages",
    timeMs: 1_700_000_000_000 + number * 1000,
    engineTimeMs: number * 20,
    count: 1 + (number % 50),
    data: bytesOf(number, length),
    digest: BigInt.asUintN(64, BigInt(number) * 0x9e3779b97f4a7c15n),
    engineVersion: "0.1.0",
  };
}

/** Sequences and entries that are readable, in order. */
export function readable(store: Store, after = 0): [number, JournalEntry][] {
  return [...store.readJournal(after)].flatMap((record): [number, JournalEntry][] =>
    record.readable ? [[record.sequence, record.entry]] : [],
  );
}

/** What the crash child and its judge agree on: small quotas, so that every kind of delete happens. */
export function crashOptions(directory: string): StoreOptions {
  return storeOptions(directory, {
    journal: { quotaBytes: 300_000, maxAgeMs: 1e12 },
    lanes: { result: { bytes: 4000, overflow: "drop-oldest" } },
    newIncarnation: () => process.pid.toString(16).padStart(16, "0"),
  });
}

/** Rows that batch `number` of the crash child emits. */
export function outboxOf(number: number): OutboxBlob[] {
  const rows = number % 3;
  const result: OutboxBlob = {
    lane: "result",
    rows,
    bytes: bytesOf(number, 700),
    logicalBytes: 50 * rows,
  };
  const alarm: OutboxBlob = { lane: "alarm", rows: 1, bytes: bytesOf(number, 30), logicalBytes: 1 };
  return rows === 0 ? [alarm] : [result, alarm];
}
