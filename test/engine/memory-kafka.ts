// A Kafka in memory behind the uplink's own reading, judging and progress: what a read_committed reader would see of
// an engine, transaction by transaction, without a broker.

import type { Rollback } from "../../src/core/forwarded.ts";
import type { OutboxRows, RuleTimes } from "../../src/core/outbox-rows.ts";
import type { Lane, OutboxChunk } from "../../src/core/protocol.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { BatchLimits } from "../../src/uplink/batch-limits.ts";
import { fill, type Filled } from "../../src/uplink/fill.ts";
import { LaneCursor } from "../../src/uplink/lane-cursor.ts";
import { LaneProgress } from "../../src/uplink/lane-progress.ts";
import { PassedOverRows } from "../../src/uplink/passed-over.ts";
import { Transaction } from "../../src/uplink/transaction.ts";
import { Progress } from "../../src/uplink/progress.ts";

const FORWARDED: readonly Lane[] = ["alarm", "result", "raw"];

export interface KafkaRow {
  readonly rule: string;
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly timeMs: number;
}

/** Outlives the engines. */
export class MemoryKafka {
  readonly rows: KafkaRow[] = [];
  readonly progress: Progress = new Progress();
  #offset = 0;

  commit(
    rows: readonly KafkaRow[],
    filled: Filled,
    { of, passedOver }: { of: ReadonlyMap<Lane, LaneProgress>; passedOver: PassedOverRows },
  ): void {
    this.rows.push(...rows);
    passedOver.reach([...filled.spans.values()]);
    for (const { lane, incarnation, lastSequence: lastSeq } of filled.spans.values()) {
      const frontiers: RuleTimes = of.get(lane)!.frontiers();
      const alarms = structuredClone(of.get(lane)!.alarms());
      const owner = { hwSerial: "hw", dataDirId: "dir", bootId: "boot", time: this.#offset };
      this.progress.set({
        lane,
        incarnation,
        lastSeq,
        frontiers,
        alarms,
        passedOver: passedOver.of({ lane, incarnation }),
        owner,
        offset: this.#offset++,
      });
    }
  }
}

/** A session of one engine with it. */
export class MemorySession {
  readonly rollback: Rollback | undefined;
  readonly #kafka: MemoryKafka;
  readonly #engine: Engine;
  readonly #cursors: readonly LaneCursor[];
  readonly #taken: KafkaRow[] = [];
  readonly #progress: ReadonlyMap<Lane, LaneProgress>;
  readonly #passedOver: PassedOverRows;
  #unconfirmed: Filled["spans"] = new Map();

  constructor(kafka: MemoryKafka, engine: Engine) {
    this.#kafka = kafka;
    this.#engine = engine;
    this.rollback = engine.uplinked((to) =>
      to.reconcile(structuredClone(kafka.progress.marks(() => false))),
    );
    const reader = {
      read: async (lane: Lane, after: number, maxRows: number, maxBytes: number) =>
        engine.readOutbox(lane, after, { maxRows, maxBytes }) as readonly OutboxChunk[],
      confirm: (lane: Lane, _: string, through: number) => engine.confirm(lane, through),
    };
    this.#passedOver = new PassedOverRows(kafka.progress);
    this.#cursors = FORWARDED.map((lane) => new LaneCursor(lane, reader));
    this.#progress = new Map(
      FORWARDED.map((lane) => [lane, new Noting(kafka.progress.newestOf(lane), this.#taken)]),
    );
  }

  /** One transaction of at most `rows` rows. Gives how many rows it passed; `isLost`: nobody told us of the commit. */
  async transact(rows: number, isLost = false): Promise<number> {
    for (const cursor of this.#cursors) {
      const state = this.#engine.lanes.find(({ lane }) => lane === cursor.lane);
      cursor.note(state?.lastSequence ?? 0);
      do {
        await cursor.load(rows, 1e9);
        cursor.skipForwarded(this.#kafka.progress);
      } while (cursor.head === undefined && cursor.waiting > 0);
    }
    const limits = new BatchLimits();
    limits.timedOut({ rows: rows * 2, bytes: 1e9 });
    const filled = fill(new Transaction(), this.#cursors, {
      gatewayId: "test",
      limits,
      partitions: () => 1,
      head: () => undefined,
      isUndeliverable: () => false,
      retentionMs: new Map(),
      nowMs: 0,
      judge: {
        frontiers: new Map(Object.entries(this.rollback?.frontiers ?? {})),
        judged: new Set(this.rollback?.judged),
      },
      progress: (lane) => this.#progress.get(lane)!,
    });
    if (filled.spans.size === 0) return 0;
    this.#stop(filled);
    const progress = { of: this.#progress, passedOver: this.#passedOver };
    this.#kafka.commit(this.#taken.splice(0), filled, progress);
    if (isLost) return filled.rows + filled.withheld.length;
    for (const { lane, lastSequence } of this.#unconfirmed.values()) {
      this.#engine.confirm(lane, lastSequence);
    }
    this.#unconfirmed = filled.spans;
    return filled.rows + filled.withheld.length;
  }

  /** Forwards all there is. */
  async drain(): Promise<void> {
    let idle = 0;
    while (idle < 2) idle = (await this.transact(500)) === 0 ? idle + 1 : 0;
  }

  #stop(filled: Filled): void {
    if (filled.passedOver.length === 0) return;
    const told = this.#engine.uplinked((to) => to.stopRows(filled.withheld, []));
    this.#passedOver.note(filled.passedOver, told);
  }
}

/** Notes every row that is put into a transaction. */
class Noting extends LaneProgress {
  readonly #taken: KafkaRow[];

  constructor(newest: ConstructorParameters<typeof LaneProgress>[0], taken: KafkaRow[]) {
    super(newest);
    this.#taken = taken;
  }

  override take(rows: OutboxRows, row: number): void {
    super.take(rows, row);
    this.#taken.push({
      rule: rows.rule(row),
      topic: rows.topic(row),
      key: rows.key(row),
      value: rows.value(row).toString(),
      timeMs: rows.timeMs(row),
    });
  }
}
