// What the uplink's tests share: an outbox in memory, an uplink on it, and the check that everything is in Kafka
// exactly once.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../src/core/clock.ts";
import type { Logger } from "../../src/core/log.ts";
import type {
  ForwardedMark,
  Rollback,
  StoppedRow,
  ToldPlace,
  UndeliverableRow,
} from "../../src/core/forwarded.ts";
import { OutboxRowWriter, type RowMark, type RowSchemas } from "../../src/core/outbox-rows.ts";
import type { Lane, LaneState, OutboxChunk } from "../../src/core/protocol.ts";
import type { Outbox } from "../../src/uplink/outbox.ts";
import type { UplinkAlarm } from "../../src/uplink/status.ts";
import { KafkaUplink, type KafkaUplinkOptions } from "../../src/uplink/uplink.ts";
import { readCommitted, type ReadRow } from "../kit/kafka/reader.ts";

export const GATEWAY = "gw-1";
export const PROGRESS = "headrace.progress";

/** A row as a test thinks of it. */
export interface TestRow {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string;
  readonly schemas?: RowSchemas;
  /** Default "rule". */
  readonly rule?: string;
  readonly timeMs?: number;
  readonly mark?: RowMark;
}

/** The store's outbox, as the uplink sees it, in memory. Keeps every row ever added for the check at the end. */
export class MemoryOutbox implements Outbox {
  /** What the uplink has told. */
  readonly withheld: StoppedRow[] = [];
  readonly undeliverable: UndeliverableRow[] = [];
  marks: readonly ForwardedMark[] = [];
  /** What the uplink is told. */
  rollback: Rollback | undefined;
  readonly topics: Map<string, number> = new Map();
  readonly added: (TestRow & { readonly header: string; readonly lane: Lane })[] = [];
  incarnation = "";
  readonly #gatewayId: string;
  readonly #writer: OutboxRowWriter;
  readonly #chunks = new Map<Lane, OutboxChunk[]>();
  readonly #last = new Map<Lane, number>();

  constructor(gatewayId: string = GATEWAY) {
    this.#gatewayId = gatewayId;
    this.#writer = new OutboxRowWriter(gatewayId);
    this.boot();
  }

  /** A new boot: its rows get an incarnation of their own. Later ones sort after earlier ones. */
  boot(): void {
    this.incarnation = (++lastIncarnation).toString(16).padStart(16, "0");
  }

  /** Adds rows as one blob, as one committed batch of the engine would. */
  add(lane: Lane, rows: readonly TestRow[], watermarks: Record<string, number> = {}): void {
    let last = this.#last.get(lane) ?? 0;
    const firstSequence = last + 1;
    for (const row of rows) {
      const { rule = "rule", topic, schemas, timeMs = Number.NaN } = row;
      this.#writer.add(this.#writer.sink(rule, topic, schemas), { ...row, timeMs });
      const header = `${this.#gatewayId}/${this.incarnation}/${lane}/${++last}`;
      this.added.push({ ...row, header, lane });
    }
    this.#last.set(lane, last);
    this.#chunksOf(lane).push({
      lane,
      incarnation: this.incarnation,
      firstSequence,
      rows: rows.length,
      bytes: this.#writer.finish(watermarks),
    });
  }

  get lanes(): LaneState[] {
    return Array.from(this.#last, ([lane, lastSequence]) => {
      const chunks = this.#chunksOf(lane);
      const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
      return { lane, rows, bytes: rows, lastSequence };
    });
  }

  /** Rows still kept. */
  get kept(): number {
    return this.lanes.reduce((sum, { rows }) => sum + rows, 0);
  }

  async read(
    lane: Lane,
    afterSequence: number,
    maxRows: number,
    maxBytes: number,
  ): Promise<OutboxChunk[]> {
    const found: OutboxChunk[] = [];
    let rows = 0;
    let bytes = 0;
    for (const chunk of this.#chunksOf(lane)) {
      if (chunk.firstSequence + chunk.rows - 1 <= afterSequence) continue;
      if (rows >= maxRows || bytes >= maxBytes) break;
      rows += chunk.rows;
      bytes += chunk.bytes.length;
      found.push(chunk);
    }
    return found;
  }

  confirm(lane: Lane, incarnation: string, throughSequence: number): void {
    const chunks = this.#chunksOf(lane);
    for (const chunk of chunks) {
      if (chunk.firstSequence <= throughSequence) assert.ok(chunk.incarnation <= incarnation);
    }
    this.#chunks.set(
      lane,
      chunks.filter(({ firstSequence, rows }) => firstSequence + rows - 1 > throughSequence),
    );
  }

  async reconcile(marks: readonly ForwardedMark[]): Promise<Rollback | undefined> {
    this.marks = marks;
    return this.rollback;
  }

  async noteTopics(partitions: Readonly<Record<string, number>>): Promise<void> {
    for (const [topic, count] of Object.entries(partitions)) this.topics.set(topic, count);
  }

  async endRollback(): Promise<Rollback | undefined> {
    this.rollback &&= { ...this.rollback, isOver: true };
    return this.rollback;
  }

  async stopRows(
    withheld: readonly StoppedRow[],
    undeliverable: readonly UndeliverableRow[],
  ): Promise<ToldPlace> {
    this.withheld.push(...withheld);
    this.undeliverable.push(...undeliverable);
    return { incarnation: "", sequence: 0 };
  }

  #chunksOf(lane: Lane): OutboxChunk[] {
    const chunks = this.#chunks.get(lane) ?? [];
    this.#chunks.set(lane, chunks);
    return chunks;
  }
}

/** Tests share a gateway id and its progress, so no two outboxes may share an incarnation. */
let lastIncarnation = 0;

/** `count` rows for `topic`, numbered on from `from`, over 20 keys. */
export function testRows(topic: string, count: number, from = 0): TestRow[] {
  return Array.from({ length: count }, (_, i) => ({
    topic,
    key: `device-${(from + i) % 20}`,
    value: JSON.stringify({ n: from + i, text: "größer" }),
  }));
}

const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** An uplink with defaults; not started. */
export function newUplink(
  bootstrap: string,
  outbox: Outbox,
  options: Partial<KafkaUplinkOptions> = {},
): KafkaUplink {
  return new KafkaUplink({
    gatewayId: GATEWAY,
    address: () => ({ brokers: [bootstrap], clientId: "test" }),
    owner: { hwSerial: "hw-1", dataDirId: "dir-1", bootId: `boot-${Math.random()}` },
    lanes: ["alarm", "result", "raw"],
    topics: [],
    progressTopic: PROGRESS,
    createTopics: true,
    delivery: "exactly-once",
    topicPartitions: new Map(),
    outbox,
    logger: silentLogger,
    clock: systemClock,
    ...options,
  });
}

/** A started uplink that ends with the test; `alarms` holds those raised now. */
export function startUplink(
  t: TestContext,
  bootstrap: string,
  outbox: MemoryOutbox,
  options: Partial<KafkaUplinkOptions> = {},
): { uplink: KafkaUplink; alarms: Map<UplinkAlarm, string> } {
  const alarms = new Map<UplinkAlarm, string>();
  const onAlarm = (alarm: UplinkAlarm, detail: string | undefined): void => {
    if (detail === undefined) alarms.delete(alarm);
    else alarms.set(alarm, detail);
  };
  const uplink = newUplink(bootstrap, outbox, { onAlarm, ...options });
  t.after(async () => await uplink.stop(2000));
  uplink.notify(outbox.lanes);
  uplink.start();
  return { uplink, alarms };
}

/** Resolves when no row waits. */
export async function delivered(uplink: KafkaUplink): Promise<void> {
  await until("delivery", () => uplink.undeliveredRows === 0);
}

/** Resolves when `condition` holds; fails with `what` when it does not within `limitMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const giveUpAtMs = performance.now() + limitMs;
  while (!(await condition())) {
    assert.ok(performance.now() < giveUpAtMs, `${what} did not happen within ${limitMs} ms`);
    await pause(20);
  }
}

/** Reads `topics` and checks: every added row once, nothing else, and each lane's rows in order per partition. */
export async function assertExactlyOnce(
  bootstrap: string,
  topics: readonly string[],
  outboxes: readonly MemoryOutbox[],
): Promise<ReadRow[]> {
  const expected = outboxes.flatMap((outbox) => outbox.added);
  // A commit is answered before its markers are in every partition: a reader may be told a little later.
  let rows = await readCommitted(bootstrap, topics);
  for (let left = 20; rows.length < expected.length && left > 0; left--) {
    await pause(100);
    rows = await readCommitted(bootstrap, topics);
  }
  const seen = new Map(rows.map((row) => [row.headers["headrace"], row]));
  const lost = expected.filter(({ header }) => !seen.has(header));
  assert.equal(lost.length, 0, `${lost.length} rows lost, the first is ${lost[0]?.header}`);
  assert.equal(rows.length, seen.size, `${rows.length - seen.size} rows more than once`);
  assert.equal(rows.length, expected.length, "rows that nobody added");
  for (const { header, topic, key, value } of expected) {
    const row = seen.get(header)!;
    assert.deepEqual([row.topic, row.key, row.value], [topic, key, value]);
  }
  assertOrder(rows);
  return rows;
}

function assertOrder(rows: readonly ReadRow[]): void {
  const last = new Map<string, number>();
  for (const { topic, partition, headers } of rows) {
    const [gateway, incarnation, lane, sequence] = headers["headrace"]!.split("/");
    const place = [topic, partition, gateway, incarnation, lane].join("/");
    assert.ok(Number(sequence) > (last.get(place) ?? 0), `${place}: ${sequence} out of order`);
    last.set(place, Number(sequence));
  }
}
