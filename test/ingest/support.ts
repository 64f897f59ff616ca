// What the ingest tests share: time by hand, a core worker by hand, and batches as plain objects.

import type { BatcherOptions } from "../../src/ingest/batcher-options.ts";
import { Batcher } from "../../src/ingest/batcher.ts";
import { ByteBudget } from "../../src/ingest/byte-budget.ts";
import { type ClientContext, type ClientEntry, MqttClientSource } from "../../src/ingest/client.ts";
import { Listener, type ListenerEntry, type SourceContext } from "../../src/ingest/listener.ts";
import type { SessionStore } from "../../src/ingest/session-writer.ts";
import { SessionTable } from "../../src/ingest/sessions.ts";
import { systemTimers, type Timers } from "../../src/ingest/timers.ts";
import { ReadPoller } from "../../src/ingest/read-poller.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { LogFields, Logger } from "../../src/core/log.ts";
import {
  DUP_BIT,
  type MessageBatch,
  QOS_SHIFT,
  RETAIN_BIT,
  STRIDE,
  TOPIC_MASK,
  TRUNCATED_BIT,
} from "../../src/core/message-batch.ts";
import type { SessionChange, SessionRecord } from "../../src/core/protocol.ts";

/** A clock and timers that move only by `advance`. */
export class ManualTime implements Clock, Timers {
  #nowMs = 1000;
  /** Added to the monotonic clock to make wall time. */
  wallOffsetMs = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  wallMs(): number {
    return this.#nowMs + this.wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Runs what is due, in order of time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#timers.delete(next);
      next.run();
    }
    this.#nowMs = untilMs;
  }
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly truncated: boolean;
  readonly receivedMs: number;
  readonly clientId: string;
  readonly session: number;
  readonly packetId: number;
  readonly originalLength: number | undefined;
}

/** The core worker's end: keeps batches until `commit`, and reads them as it would. */
export class ManualWorker {
  readonly submitted: MessageBatch[] = [];
  /** All messages of committed or submitted batches, in order. */
  readonly messages: Message[] = [];
  readonly names: Map<number, string> = new Map();
  autoCommit = false;
  batcher: Batcher | undefined;
  onSubmit: () => void = () => {};

  submit(batch: MessageBatch): void {
    // As postMessage does: the sender's buffers are gone.
    const received = structuredClone(batch, { transfer: [batch.bytes, batch.words] });
    this.submitted.push(received);
    this.messages.push(...readBatch(received, this.names));
    if (this.autoCommit) queueMicrotask(() => this.commit());
    this.onSubmit();
  }

  /** Commits the oldest batch. */
  commit(): void {
    const batch = this.submitted.shift();
    if (batch === undefined) return;
    this.batcher?.committed(batch.id, batch.bytes, batch.words);
  }

  commitAll(): void {
    while (this.submitted.length > 0) this.commit();
  }

  /** The worker dies with what it has not committed. */
  die(): void {
    this.submitted.length = 0;
    this.names.clear();
    this.batcher?.workerLost();
  }

  /** Resolves when `count` messages have been submitted in all. */
  async received(count: number): Promise<void> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => (this.onSubmit = resolve));
    }
  }
}

/** A batch as objects; `names` is the reader's table of topics, carried from batch to batch. */
function readBatch(batch: MessageBatch, names: Map<number, string>): Message[] {
  for (const [id, name] of batch.topicNames) names.set(id, name);
  const words = new Uint32Array(batch.words);
  const bytes = Buffer.from(batch.bytes);
  const messages: Message[] = [];
  let start = 0;
  for (let i = 0; i < batch.count; i++) {
    const [end = 0, flags = 0, offset = 0, origin = 0] = words.subarray(
      i * STRIDE,
      (i + 1) * STRIDE,
    );
    const client = batch.clients[origin >>> 16];
    messages.push({
      topic: names.get(batch.topicIds[flags & TOPIC_MASK] ?? -1) ?? "?",
      payload: Buffer.from(bytes.subarray(start, end)),
      qos: (flags >>> QOS_SHIFT) & 3,
      retain: (flags & RETAIN_BIT) !== 0,
      dup: (flags & DUP_BIT) !== 0,
      truncated: (flags & TRUNCATED_BIT) !== 0,
      receivedMs: batch.receiveTimeMs + offset,
      clientId: client?.clientId ?? "?",
      session: client?.session ?? -1,
      packetId: origin & 0xffff,
      originalLength: batch.truncated.get(i),
    });
    start = end;
  }
  return messages;
}

/** Session changes by hand: durable when `confirm` is called, or at once. */
export class ManualSessionStore implements SessionStore {
  readonly records: Map<string, SessionRecord> = new Map();
  readonly requests: { readonly changes: readonly SessionChange[]; readonly done: () => void }[] =
    [];
  autoConfirm = true;
  onRequest: () => void = () => {};

  save(changes: readonly SessionChange[], done: () => void): void {
    this.requests.push({ changes, done });
    if (this.autoConfirm) queueMicrotask(() => this.confirm());
    this.onRequest();
  }

  confirm(): void {
    const request = this.requests.shift();
    if (request === undefined) return;
    for (const change of request.changes) {
      if (change.kind === "save") this.records.set(change.record.clientId, change.record);
      else this.records.delete(change.clientId);
    }
    request.done();
  }

  /** Resolves when a request waits. */
  async requested(): Promise<void> {
    while (this.requests.length === 0) {
      await new Promise<void>((resolve) => (this.onRequest = resolve));
    }
  }
}

/** Log lines, kept. */
export class LogRecorder implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  onLine: () => void = () => {};

  debug(message: string, fields?: LogFields): void {
    this.#add("debug", message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#add("info", message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#add("warn", message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#add("error", message, fields);
  }

  /** Resolves when a line's message holds `text`. */
  async saw(text: string): Promise<void> {
    while (!this.lines.some((line) => line.message.includes(text))) {
      await new Promise<void>((resolve) => (this.onLine = resolve));
    }
  }

  #add(level: string, message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields });
    this.onLine();
  }
}

/** Everything around a listener, by hand; `linger` is 0 unless given, so batches go when time is advanced. */
export class IngestRig {
  readonly time: ManualTime = new ManualTime();
  readonly worker: ManualWorker = new ManualWorker();
  readonly store: ManualSessionStore = new ManualSessionStore();
  readonly log: LogRecorder = new LogRecorder();
  readonly budget: ByteBudget;
  readonly batcher: Batcher;
  sessions: SessionTable;

  constructor(options: Partial<BatcherOptions> & { readonly budgetBytes?: number } = {}) {
    this.budget = new ByteBudget(options.budgetBytes);
    this.batcher = new Batcher({
      submit: (batch) => this.worker.submit(batch),
      clock: this.time,
      timers: this.time,
      engineTime: () => this.time.monotonicMs(),
      lingerMs: 20,
      ...options,
    });
    this.worker.batcher = this.batcher;
    this.sessions = this.newSessions([]);
  }

  newSessions(existing: readonly SessionRecord[]): SessionTable {
    return new SessionTable({
      store: this.store,
      existing,
      clock: this.time,
      logger: this.log,
      firstSession: 1,
    });
  }

  listener(entry: Partial<ListenerEntry> = {}): Listener {
    return new Listener(
      {
        name: "direct",
        listen: { host: "127.0.0.1", port: 0 },
        username: undefined,
        password: undefined,
        tls: undefined,
        sessionExpirySeconds: 3600,
        receiveMaximum: 1000,
        limits: { packetBytes: 1024 * 1024, connections: 100 },
        ...entry,
      },
      { ...this.#context(), timers: this.time },
    );
  }

  /** In real time: brokers and MQTT.js live in it. */
  client(
    entry: Partial<ClientEntry> & Pick<ClientEntry, "url">,
    told: Partial<Pick<ClientContext, "filters" | "onLink">> = {},
  ): MqttClientSource {
    return new MqttClientSource(
      {
        name: "plant",
        clientId: "gateway",
        username: undefined,
        password: undefined,
        tls: undefined,
        sessionExpirySeconds: 3600,
        receiveMaximum: 1000,
        limits: { packetBytes: 1024 * 1024 },
        ...entry,
      },
      { ...this.#context(), timers: systemTimers, filters: [], onLink: () => undefined, ...told },
    );
  }

  #context(): SourceContext {
    return {
      batcher: this.batcher,
      budget: this.budget,
      sessions: this.sessions,
      clock: this.time,
      logger: this.log,
      poller: new ReadPoller(50),
    };
  }
}
