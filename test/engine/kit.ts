// What engine tests share: an engine on a folder of its own, stepped by hand, and the rows in its outbox as text.
// A kill is a copy of the folder taken while the engine has it open.

import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { profileTables } from "../../src/config/profile-tables.ts";
import type { MessageBatch } from "../../src/core/message-batch.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { LogFields, Logger } from "../../src/core/log.ts";
import { OutboxRows } from "../../src/core/outbox-rows.ts";
import { LANES } from "../../src/core/protocol.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open-engine.ts";
import { planRules } from "../../src/engine/rule-set.ts";
import { openStore } from "../../src/store/open.ts";
import type { JournalEntry } from "../../src/store/journal.ts";
import { messageBatch } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { storeOptions } from "../store/kit.ts";

const MIB = 1024 * 1024;

/** A table of readings with identity, in event time with 5 s of disorder. */
export const READINGS = `
CREATE TABLE readings (
  device STRING, seq BIGINT, ts BIGINT, v DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'readings/+', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');
`;

/** A kafka sink table named `name` with topic of the same name. */
export function kafkaSink(name: string, columns: string): string {
  return `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'kafka', 'topic' = '${name}', 'format' = 'json');\n`;
}

/** Counts, sums and maxima per device in 10 s. */
export const TUMBLE_RULE: string =
  READINGS +
  kafkaSink(
    "per_device",
    "device STRING, window_start TIMESTAMP(3), n BIGINT, total DOUBLE, most DOUBLE",
  ) +
  `INSERT INTO per_device SELECT device, window_start, COUNT(*), SUM(v), MAX(v)
   FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
   GROUP BY device, window_start, window_end;`;

/** Every row that is not filtered out. */
export const FILTER_RULE: string =
  READINGS +
  kafkaSink("high", "device STRING, v DOUBLE") +
  "INSERT INTO high SELECT device, v FROM readings WHERE v > 50;";

/** The same, each row by its number. */
export const NUMBERED_RULE: string =
  READINGS +
  kafkaSink("high", "device STRING, seq BIGINT, v DOUBLE") +
  "INSERT INTO high SELECT device, seq, v FROM readings WHERE v > 50;";

/** Raised at 80 after 2 s, returned below 70. */
export const ALARM_RULE: string =
  READINGS +
  `CREATE TABLE hot (series STRING, event_time TIMESTAMP_LTZ(3), \`value\` DOUBLE)
   WITH ('connector' = 'alarm', 'severity' = 'high', 'set' = '80', 'clear' = '70', 'on-delay' = '2 s');
   INSERT INTO hot SELECT device, event_time, v FROM readings;`;

export type Rules = Readonly<Record<string, string>>;

/** What may differ from a gateway with an uplink and generous quotas. */
export type ConfigChanges = Partial<Omit<EngineConfig, "ruleSet" | "directory">>;

/** `rules`: texts by name. */
export function engineConfig(
  directory: string,
  rules: Rules,
  changes: ConfigChanges = {},
): EngineConfig {
  const files = Object.entries(rules).map(([name, text]) => ({ file: `${name}.sql`, text }));
  const lane = { quotaBytes: 64 * MIB, whenFull: "block" } as const;
  return {
    directory,
    gatewayId: "test",
    bootId: "00000000000000b0",
    ruleSet: planRules(files, changes.profiles?.flatMap(profileTables) ?? []),
    profiles: [],
    store: {
      quotaBytes: 512 * MIB,
      lanes: { alarm: lane, result: lane, raw: lane, local: lane },
      journal: { quotaBytes: 64 * MIB, ageMs: 86_400_000 },
      flashBudgetBytesPerDay: undefined,
    },
    // Tests leave many folders behind at a time; the real size would fill a machine's memory.
    ballastBytes: 4096,
    uplink: true,
    topics: { alarm: "alarms", deadLetter: undefined, late: undefined, rollback: undefined },
    receiveMaximum: 1000,
    directSources: ["direct"],
    brokerSources: [],
    tap: false,
    ...changes,
  };
}

/** Later at every look: nothing that the engine lets out may depend on how often it looks. */
export class TickingClock implements Clock {
  #nowMs = 1_767_225_600_000;

  wallMs(): number {
    this.#nowMs += 0.7;
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.wallMs() - 1_767_225_000_000;
  }
}

/** A line of the log. */
export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LifeOptions {
  /** What its trials die of, one after another, those beyond of nothing. Default: the first of what it tries. */
  readonly deadly?: readonly (number | undefined)[];
}

/** One life of an engine; `kill` leaves its folder as a killed process would. */
export class Life {
  readonly engine: Engine;
  readonly log: Logged[] = [];
  /** What was tried. */
  readonly trials: Uint8Array[] = [];
  #open = true;

  constructor(config: EngineConfig, { deadly = [0] }: LifeOptions = {}) {
    const level =
      (name: string) =>
      (message: string, fields: LogFields = {}): void =>
        void this.log.push({ level: name, message, fields });
    const log: Logger = {
      debug: level("debug"),
      info: level("info"),
      warn: level("warn"),
      error: level("error"),
    };
    this.engine = openEngine(config, {
      log,
      clock: new TickingClock(),
      findDeadly: (trial) => deadly[this.trials.push(trial) - 1],
    });
  }

  run(messages: readonly TestMessage[], engineTimeMs?: number): readonly string[] {
    return this.engine.run(numbered(messageBatch(messages), engineTimeMs));
  }

  /** An orderly end. */
  stop(): void {
    if (this.#open) this.engine.stop();
    this.#open = false;
  }

  /** Gives up the folder, with nothing written that was not there. */
  drop(): void {
    if (this.#open) this.engine.store.close();
    this.#open = false;
  }
}

/** Folders and lives that end with the test. */
export class Workbench {
  readonly #folders: string[] = [];
  readonly #lives: Life[] = [];

  constructor(context: Pick<TestContext, "after">) {
    context.after(() => {
      for (const life of this.#lives) life.drop();
      for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    });
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "headrace-engine-"));
    this.#folders.push(folder);
    return join(folder, "data");
  }

  start(config: EngineConfig, options?: LifeOptions): Life {
    const life = new Life(config, options);
    this.#lives.push(life);
    return life;
  }

  /** The folder as a kill at this moment would leave it. */
  copyOf(directory: string): string {
    const copy = this.folder();
    cpSync(directory, copy, { recursive: true });
    return copy;
  }

  /** Kills `life` and starts again, with this configuration, on what is left: of now, or `left` by a kill before. */
  restart(
    life: Life,
    config: EngineConfig,
    options: LifeOptions & { readonly left?: string } = {},
  ): Life {
    const directory = options.left ?? this.copyOf(config.directory);
    life.drop();
    rmSync(config.directory, { recursive: true });
    renameSync(directory, config.directory);
    return this.start(config, options);
  }
}

/** A row waiting in the outbox. */
export interface OutboxRow {
  readonly lane: string;
  readonly rule: string;
  readonly topic: string;
  readonly key: string | undefined;
  readonly value: string;
}

/** Every row in the outbox, lane by lane, in order. */
export function outboxOf({ store }: Engine): OutboxRow[] {
  const bounds = { maxRows: 1e9, maxBytes: 1e9 };
  return LANES.flatMap((lane) =>
    store.readOutbox(lane, 0, bounds).flatMap(({ bytes }) => {
      const rows = new OutboxRows(bytes);
      return Array.from({ length: rows.rows }, (_, row) => ({
        lane,
        rule: rows.rule(row),
        topic: rows.topic(row),
        key: rows.hasKey(row)
          ? rows.bytes.toString("utf8", rows.keyStart(row), rows.keyEnd(row))
          : undefined,
        value: rows.bytes.toString("utf8", rows.keyEnd(row), rows.valueEnd(row)),
      }));
    }),
  );
}

/** Values that rule (or system table) `rule` has in the outbox, parsed. */
export function valuesOf(engine: Engine, rule: string): Record<string, unknown>[] {
  return outboxOf(engine)
    .filter((row) => row.rule === rule)
    .map(({ value }) => JSON.parse(value) as Record<string, unknown>);
}

/** The alarms that the gateway raised about itself: kind and what happened. */
export function gatewayAlarms(engine: Engine): string[] {
  return valuesOf(engine, "headrace").map(
    ({ series, state, message }) => `${String(series)} ${String(state)}: ${String(message)}`,
  );
}

/** Every entry of a journal nobody has open. */
export function journalOf(directory: string): JournalEntry[] {
  const store = openStore(storeOptions(directory));
  try {
    return [...store.readJournal(0)].map((record) => {
      if (!record.readable) throw new Error(`entry ${record.sequence} is damaged`);
      return record.entry;
    });
  } finally {
    store.close();
  }
}

/** A reading `atMs` after the start of 2026, under the client's next packet id. */
export function reading(
  device: string,
  { seq, atMs, v }: { readonly seq: number; readonly atMs: number; readonly v: number },
): TestMessage {
  const ts = 1_767_225_600_000 + atMs;
  return { topic: `readings/${device}`, payload: JSON.stringify({ device, seq, ts, v }) };
}

let batches = 0;

function numbered(batch: MessageBatch, engineTimeMs = (batches + 1) * 20): MessageBatch {
  return { ...batch, id: ++batches, engineTimeMs };
}
