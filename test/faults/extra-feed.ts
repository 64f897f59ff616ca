// Messages beside a plant's, each in the hand of the run: numbered, sent until they are acknowledged, their event times
// ever later. With the rule that lets them through, and a judgement of what came of them.

import type { ReadRow } from "../kit/kafka/reader.ts";
import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import { TestClient } from "../kit/mqtt-client.ts";

/** A rule that sends every message of `extra/+` to a Kafka topic. */
export function extraRule(kafkaTopic: string): string {
  return `CREATE TABLE extra (
  device STRING, seq BIGINT, ts BIGINT, filler STRING,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND
) WITH ('connector' = 'mqtt', 'source' = 'direct', 'topic' = 'extra/+', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');

CREATE TABLE extra_rows (device STRING, seq BIGINT, filler STRING)
WITH ('connector' = 'kafka', 'topic' = '${kafkaTopic}', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');

INSERT INTO extra_rows SELECT device, seq, filler FROM extra;
`;
}

/** Whoever shares it sends in one order of event times. */
export class EventTime {
  #ms: number = Date.UTC(2026, 0, 1);

  next(): number {
    return (this.#ms += 100);
  }
}

interface Extra {
  readonly name: string;
  readonly payload: string;
  sent: boolean;
}

/** One device. */
export class ExtraFeed {
  /** Names of messages that the device knows to be acknowledged. */
  readonly acknowledged: Set<string> = new Set();
  readonly #device: string;
  readonly #time: EventTime;
  #sequence = 0;
  #open: Extra[] = [];
  #link: { readonly gateway: GatewayProcess; readonly client: TestClient } | undefined;

  constructor(device: string, time: EventTime) {
    this.#device = device;
    this.#time = time;
  }

  /** Makes messages with so much filler each; gives their names. They go with the next `send`. */
  add(...fillers: readonly number[]): string[] {
    return fillers.map((bytes) => {
      const seq = ++this.#sequence;
      const name = nameOf(this.#device, seq);
      const fact = { device: this.#device, seq, ts: this.#time.next(), filler: "x".repeat(bytes) };
      this.#open.push({ name, payload: JSON.stringify(fact), sent: false });
      return name;
    });
  }

  /** Sends what is not acknowledged. Resolves when all is, or when the gateway has gone. */
  async send(gateway: GatewayProcess): Promise<void> {
    try {
      const client = await this.#connected(gateway);
      const ids = this.#open.map((extra) => {
        const id = client.post(`extra/${this.#device}`, extra.payload, { dup: extra.sent });
        extra.sent = true;
        return id;
      });
      const before = client.pubacks.length;
      const take = (): boolean => client.pubacks.length - before === ids.length;
      await client.until(take).finally(() => this.#take(ids, client.pubacks.slice(before)));
    } catch (error) {
      if (gateway.running) throw error;
    }
  }

  #take(ids: readonly number[], pubacks: readonly number[]): void {
    const have = new Set(pubacks);
    const isDone = (_: Extra, index: number): boolean => have.has(ids[index] ?? -1);
    for (const { name } of this.#open.filter(isDone)) this.acknowledged.add(name);
    this.#open = this.#open.filter((extra, index) => !isDone(extra, index));
  }

  async #connected(gateway: GatewayProcess): Promise<TestClient> {
    if (this.#link?.gateway !== gateway) {
      const port = await listenPort(gateway);
      const options = { port, clientId: this.#device, cleanStart: false };
      this.#link = { gateway, client: await TestClient.connect(options) };
    }
    return this.#link.client;
  }
}

/** The message that a row was made of. */
export function messageOf(rowJson: string): string {
  const { device, seq } = JSON.parse(rowJson) as { device: string; seq: number };
  return nameOf(device, seq);
}

/** A row that a system table (dead letters, rows withheld) tells of, as it would have been. */
export interface ToldRow {
  /** Where it would have gone. */
  readonly topic: string;
  readonly value: string;
}

export function toldRows(rows: readonly ReadRow[]): ToldRow[] {
  return rows.map(({ value }) => {
    const { topic, payload } = JSON.parse(value ?? "{}") as { topic: string; payload: string };
    return { topic, value: Buffer.from(payload, "base64").toString("utf8") };
  });
}

export interface ExtraVerdict {
  readonly lost: number;
  readonly duplicated: number;
  /** Out of order, or of nobody. */
  readonly wrong: number;
  readonly examples: readonly string[];
}

/** `wanted`: names of messages; `seen`: those of rows in the order of their partition. */
export function judgeExtra(wanted: ReadonlySet<string>, seen: readonly string[]): ExtraVerdict {
  const met = new Set<string>();
  const newest = new Map<string, number>();
  const found = { lost: [] as string[], duplicated: [] as string[], wrong: [] as string[] };
  for (const name of seen) {
    const [device = "", seq] = name.split("#");
    if (met.has(name)) found.duplicated.push(name);
    else if (!wanted.has(name) || Number(seq) < (newest.get(device) ?? 0)) found.wrong.push(name);
    else newest.set(device, Number(seq));
    met.add(name);
  }
  found.lost.push(...[...wanted].filter((name) => !met.has(name)));
  const examples = Object.entries(found).flatMap(([kind, names]) =>
    names.slice(0, 5).map((name) => `${kind}: ${name}`),
  );
  const { lost, duplicated, wrong } = found;
  return { lost: lost.length, duplicated: duplicated.length, wrong: wrong.length, examples };
}

function nameOf(device: string, sequence: number): string {
  return `${device}#${sequence}`;
}
