// From a batch of messages to rows per table. Messages are routed by topic to every table whose filter matches (and
// whose `source` they came by); what no table takes, and what cannot be decoded, becomes a dead letter. Before that:
// packet-id re-sends of tables without identity are dropped, and retained messages follow the table's policy.
//
// A pure function of the batches seen so far: no clocks, no randomness. Its state (re-sends, retained topics, what is
// remembered of measurements) is in `snapshot`; the caches (routes, strings, key order) only change speed.

import { ByteReader, ByteWriter } from "../core/bytes.ts";
import type { QualityReason } from "../core/format/profile-decoding.ts";
import { DUP_BIT, QOS_SHIFT, RETAIN_BIT, STRIDE, TRUNCATED_BIT } from "../core/message-batch.ts";
import { SchemasById } from "../core/format/schemas-by-id.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { RowBatch } from "../core/row-batch.ts";
import { takeUp } from "../core/saved-state.ts";
import { schemaIdOf } from "./avro/confluent.ts";
import { JsonCursor } from "./json/cursor.ts";
import { PayloadHash } from "./payload-hash.ts";
import { Resends } from "./resends.ts";
import type { ClientRing } from "./resends.ts";
import { RetainedTopics } from "./retained.ts";
import { Routes } from "./routes.ts";
import type { RetainedPolicy, Route, Target } from "./routes.ts";
import { TableDecoder } from "./table-decoder.ts";
import type { TableInput } from "./table-decoder.ts";
import { DEAD_LETTER_KINDS } from "./table.ts";
import type { DeadLetter, DeadLetterKind } from "./table.ts";

export interface DecoderOptions {
  readonly tables: readonly TableInput[];
  readonly gatewayId: string;
  /** Largest Receive Maximum of any source: bounds the packet-id dedupe per client. */
  readonly receiveMaximum: number;
  /**
   * Sources that devices publish to themselves (the direct listener). There a retain flag is the publisher's wish and
   * no repetition, so `'retained' = 'once'` does not apply.
   */
  readonly directSources?: readonly string[];
  /** What a registry has told of the schemas that messages name; default: nothing. */
  readonly schemas?: SchemasById;
  /** The reader that every batch is loaded into. */
  readonly reader: MessageReader;
}

export interface DecoderStats {
  messages: number;
  /** Rows by table, in the order of `tables`. */
  readonly rows: number[];
  readonly deadLetters: Record<DeadLetterKind, number>;
  /** Let go by `json.ignore-parse-errors`. */
  ignored: number;
  /** Packet-id re-sends dropped. */
  resends: number;
  /** Rows not made of retained messages, by 'once' or 'ignore'. */
  retained: number;
}

const STATE = { owner: "decoder", version: 2 } as const;

export class Decoder {
  readonly stats: DecoderStats;
  readonly #reader: MessageReader;
  readonly #schemas: SchemasById;
  readonly #tables: readonly TableDecoder[];
  readonly #batches: readonly RowBatch[];
  readonly #resends: Resends;
  readonly #retained = new RetainedTopics();
  readonly #direct: ReadonlySet<string>;
  readonly #hash = new PayloadHash();
  readonly #routes: Routes;
  /** Of the batch at work, by its topic and client indexes. */
  #batchRoutes: (Route | undefined)[] = [];
  #rings: (ClientRing | undefined)[] = [];
  #deadLetters: DeadLetter[] = [];

  /** Throws blame `config` for table options that cannot be. `resume`: a snapshot of the same version. */
  constructor(options: DecoderOptions, resume?: Uint8Array) {
    const cursor = new JsonCursor();
    const { reader, gatewayId, schemas = new SchemasById() } = options;
    this.#reader = reader;
    this.#schemas = schemas;
    this.#tables = options.tables.map((input) => {
      return new TableDecoder({ input, gatewayId, cursor, schemas });
    });
    this.#batches = this.#tables.map(({ batch }) => batch);
    this.#direct = new Set(options.directSources);
    this.#resends = new Resends(options.receiveMaximum);
    this.#routes = new Routes(options.tables, this.#tables);
    this.stats = {
      messages: 0,
      rows: options.tables.map(() => 0),
      deadLetters: { no_table: 0, truncated: 0, undecodable: 0, not_null: 0, event_time: 0 },
      ignored: 0,
      resends: 0,
      retained: 0,
    };
    if (resume !== undefined) this.#resume(resume);
  }

  /**
   * Decodes the batch loaded into the reader. `tables` has a batch for each table, in the order given, some empty; it is
   * overwritten by the next call. Dead letters are in arrival order.
   */
  decode(): { readonly tables: readonly RowBatch[]; readonly deadLetters: readonly DeadLetter[] } {
    const { count, clients, topicNames } = this.#reader;
    this.stats.messages += count;
    this.#deadLetters = [];
    this.#batchRoutes = Array.from({ length: topicNames.length });
    this.#rings = Array.from({ length: clients.length });
    for (const table of this.#tables) table.begin(this.#reader);
    for (let message = 0; message < count; message++) this.#message(message);
    for (const [i, { count: rows }] of this.#batches.entries()) {
      this.stats.rows[i] = (this.stats.rows[i] ?? 0) + rows;
    }
    return { tables: this.#batches, deadLetters: this.#deadLetters };
  }

  /** Ids of schemas that the batch loaded into the reader names and that nobody has told, `most` at most. */
  schemasNeeded(most: number): number[] {
    const needed = new Set<number>();
    if (!this.#tables.some(({ namesSchemas }) => namesSchemas)) return [];
    const reader = this.#reader;
    for (let message = 0; message < reader.count && needed.size < most; message++) {
      const { targets } = this.#routeOf(reader.topicIndex(message));
      if (!targets.some(({ decoder }) => decoder.namesSchemas)) continue;
      const { bytes } = reader;
      const id = schemaIdOf({ bytes, start: reader.start(message), end: reader.end(message) });
      if (id !== undefined && this.#schemas.get(id) === undefined) needed.add(id);
    }
    return [...needed];
  }

  /** The durable state, self-contained. */
  snapshot(): Uint8Array {
    const writer = new ByteWriter();
    writer.byte(STATE.version);
    this.#resends.write(writer);
    this.#retained.write(writer);
    for (const value of [this.stats.messages, this.stats.ignored]) writer.varint(value);
    for (const value of [this.stats.resends, this.stats.retained]) writer.varint(value);
    for (const kind of DEAD_LETTER_KINDS) writer.varint(this.stats.deadLetters[kind]);
    const judged = this.#tables.filter(({ quality }) => quality !== undefined);
    writer.varint(judged.length);
    for (const { name, quality } of judged) {
      const own = new ByteWriter();
      quality?.write(own);
      writer.text(name);
      writer.blob(own.view());
    }
    return writer.take();
  }

  /** Clients, topics and devices forgotten because of a bound. */
  get evictions(): {
    readonly clients: number;
    readonly topics: number;
    readonly devices: number;
  } {
    const devices = this.#tables.map(({ quality }) => quality?.evictions ?? 0);
    return {
      clients: this.#resends.evictedClients,
      topics: this.#retained.evictedTopics,
      devices: devices.reduce((sum, each) => sum + each, 0),
    };
  }

  /** By table, in the order given: values that are not simply good, by reason; undefined: it says nothing of them. */
  get quality(): readonly (Readonly<Record<QualityReason, number>> | undefined)[] {
    return this.#tables.map(({ quality }) => quality?.counts);
  }

  #message(message: number): void {
    const reader = this.#reader;
    const flags = reader.words[message * STRIDE + 1] as number;
    const topicIndex = reader.topicIndex(message);
    const route = (this.#batchRoutes[topicIndex] ??= this.#routeOf(topicIndex));
    const again = this.#seenAgain(message, flags, route);
    if (again === "resend") return;
    if ((flags & TRUNCATED_BIT) !== 0) return this.#truncated(message, route);

    const { targets } = route;
    let taken = false;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i] as Target;
      if (target.source !== undefined && target.source !== reader.client(message).source) continue;
      taken = true;
      if ((flags & RETAIN_BIT) !== 0 && this.#leaveOut(target.retained, again === "retained"))
        continue;
      const outcome = target.decoder.add(message, target.captures);
      if (outcome === "row") continue;
      if (outcome === "ignored") this.stats.ignored++;
      else this.#deadLetter(message, outcome, target.decoder);
    }
    if (!taken) this.#deadLetter(message, "no_table", undefined);
  }

  /** Whether the message was processed before, as far as packet id or retained payload tell; and notes it. */
  #seenAgain(message: number, flags: number, route: Route): "resend" | "retained" | "" {
    const reader = this.#reader;
    const packetId = reader.packetId(message);
    const byPacketId = route.byPacketId && packetId !== 0 && ((flags >>> QOS_SHIFT) & 3) !== 0;
    const once = route.once && !this.#direct.has(reader.client(message).source);
    if (!byPacketId && !once) return "";
    const hash = this.#hash;
    hash.update(reader.bytes, reader.start(message), reader.end(message));
    if (byPacketId) {
      const index = (reader.words[message * STRIDE + 3] as number) >>> 16;
      const ring = (this.#rings[index] ??= this.#resends.client(reader.client(message)));
      if ((flags & DUP_BIT) !== 0 && this.#resends.has(ring, packetId, hash)) {
        this.stats.resends++;
        return "resend";
      }
      this.#resends.add(ring, packetId, hash);
    }
    if (!once) return "";
    const last = this.#retained.topic(reader.topic(message));
    const same = last.known && last.high === hash.high && last.low === hash.low;
    last.known = true;
    last.high = hash.high;
    last.low = hash.low;
    return same ? "retained" : "";
  }

  #leaveOut(policy: RetainedPolicy, same: boolean): boolean {
    if (policy === "accept" || (policy === "once" && !same)) return false;
    this.stats.retained++;
    return true;
  }

  #truncated(message: number, route: Route): void {
    this.#deadLetter(message, "truncated", route.targets[0]?.decoder);
  }

  #deadLetter(message: number, kind: DeadLetterKind, table: TableDecoder | undefined): void {
    this.stats.deadLetters[kind]++;
    let reason = table?.reason ?? "";
    if (kind === "no_table") reason = "no table matches the topic";
    if (kind === "truncated") {
      const bytes = this.#reader.truncated.get(message);
      reason = `larger than limits.packetBytes: ${bytes ?? "unknown"} bytes, only the first are kept`;
    }
    this.#deadLetters.push({ message, table: table?.name, kind, reason });
  }

  #routeOf(topicIndex: number): Route {
    const { topicIds, topicNames } = this.#reader;
    return this.#routes.of(topicIds[topicIndex] as number, topicNames[topicIndex] as string);
  }

  #resume(snapshot: Uint8Array): void {
    const reader = new ByteReader(snapshot);
    takeUp({ ...STATE, version: reader.byte() }, STATE);
    this.#resends.read(reader);
    this.#retained.read(reader);
    this.stats.messages = reader.varint();
    this.stats.ignored = reader.varint();
    this.stats.resends = reader.varint();
    this.stats.retained = reader.varint();
    for (const kind of DEAD_LETTER_KINDS) this.stats.deadLetters[kind] = reader.varint();
    for (let judged = reader.varint(); judged > 0; judged--) {
      const name = reader.text();
      const own = new ByteReader(reader.blob());
      this.#tables.find((table) => table.name === name)?.quality?.read(own);
    }
  }
}
