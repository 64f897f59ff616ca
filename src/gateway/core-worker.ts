// The main thread's end of the core worker: typed messages, one answer per request. It never blocks and never
// looks into the database. When the worker ends (any failed COMMIT ends it), every open request is dropped and
// the owner starts a new one, which rebuilds its state from checkpoint and journal.

import { Worker } from "node:worker_threads";

import { BLAMES, ERROR_CODES, GatewayError } from "../core/errors.ts";
import type { Blame, ErrorCode } from "../core/errors.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import type { ForwardedMark, Rollback } from "../core/forwarded.ts";
import { WORKER_OLD_GENERATION_MIB, WORKER_YOUNG_GENERATION_MIB } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type {
  EngineProgress,
  EngineReady,
  EngineStatus,
  JournalHead,
  Lane,
  OutboxChunk,
  PackedRows,
  SessionChange,
  ToMain,
  ToWorker,
} from "../core/protocol.ts";
import type { EngineConfig } from "../engine/config.ts";
import type { Outbox } from "../uplink/outbox.ts";

export type Committed = Extract<ToMain, { kind: "committed" }>;

/** The thread as its owner sees it. */
export type CoreThread = Pick<Worker, "on" | "postMessage" | "terminate">;

export interface CoreWorkerOptions {
  readonly config: EngineConfig;
  /** Starts the thread; default: a worker thread of this process. */
  readonly thread?: ((config: EngineConfig) => CoreThread) | undefined;
  readonly logger: Logger;
  /** A batch is durable: acknowledge it, then hand its buffers back. */
  onCommitted(message: Committed): void;
  /** Where the engine is after a commit that came with no batch. */
  onProgress(progress: EngineProgress): void;
  /** Asks the schema registry; what it does not tell is left out. Never rejects. */
  findSchemas(ids: readonly number[]): Promise<readonly SchemaOfId[]>;
  /** The worker is gone without having been asked to stop. */
  onFailure(error: GatewayError): void;
}

type Answer<T> = (value: T) => void;

/** A request that the end of the worker fails. */
interface Call {
  answer(value: unknown): void;
  fail(error: GatewayError): void;
}

/** One life of the core worker. */
export class CoreWorker {
  readonly ready: Promise<EngineReady>;
  readonly #options: CoreWorkerOptions;
  readonly #worker: CoreThread;
  readonly #exited: Promise<void>;
  readonly #sessions = new Map<number, () => void>();
  readonly #calls = new Map<number, Call>();
  readonly #statuses = new Map<number, Answer<EngineStatus | undefined>>();
  #resolveReady: Answer<EngineReady> = () => {};
  #rejectReady: (error: GatewayError) => void = () => {};
  #nextId = 1;
  #stopping = false;
  #ended = false;

  constructor(options: CoreWorkerOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever waits for it is told; nobody has to.
    this.ready.catch(() => {});
    this.#worker = (options.thread ?? startThread)(options.config);
    this.#worker.on("message", (message: ToMain) => this.#receive(message));
    let failure: unknown;
    this.#worker.on("error", (error) => (failure = error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#ended = true;
        resolve();
        const error = asGatewayError(failure);
        this.#rejectReady(error);
        for (const answer of this.#statuses.values()) answer(undefined);
        for (const call of this.#calls.values()) call.fail(gone());
        if (!this.#stopping) options.onFailure(error);
      });
    });
  }

  /** Transfers the batch; answered by `onCommitted`. */
  submit(batch: MessageBatch): void {
    this.#post({ kind: "batch", batch }, [batch.bytes, batch.words]);
  }

  /** Tells the time; answered by `onProgress`. */
  clock(engineTimeMs: number): void {
    this.#post({ kind: "clock", engineTimeMs });
  }

  /** A client's link to its broker has gone up or down; answered by `onProgress`. */
  link(source: string, isUp: boolean, engineTimeMs: number): void {
    this.#post({ kind: "link", source, isUp, engineTimeMs });
  }

  /** Of the batches that follow: why the clock that stamped them is not trusted; undefined: it is. */
  trustClock(problem: string | undefined, engineTimeMs: number): void {
    this.#post({ kind: "clock-trust", problem, engineTimeMs });
  }

  /** `done` runs once the changes are durable. */
  saveSessions(changes: readonly SessionChange[], done: () => void): void {
    const id = this.#nextId++;
    this.#sessions.set(id, done);
    this.#post({ kind: "sessions", id, changes });
  }

  /**
   * Chunks holding rows after `afterSequence`, oldest first; the first may begin before it. None: there are no such
   * rows. Rejects (STORE_WRITE, retryable) when the worker ends or cannot write, which says nothing about the rows.
   */
  readOutbox(
    lane: Lane,
    afterSequence: number,
    bounds: { maxRows: number; maxBytes: number },
  ): Promise<OutboxChunk[]> {
    return this.#call((id) => ({ kind: "outbox-read", id, lane, afterSequence, ...bounds }));
  }

  /** Compares what Kafka has with the disk. Rejects like `readOutbox`. */
  reconcile(marks: readonly ForwardedMark[]): Promise<Rollback | undefined> {
    return this.#call((id) => ({ kind: "reconcile", id, marks }));
  }

  /** Resolves when it is durable that these rows do not go to their topics (uplink/outbox.ts). Rejects like `readOutbox`. */
  readonly stopRows: Outbox["stopRows"] = (withheld, undeliverable) =>
    this.#call((id) => ({ kind: "stop-rows", id, withheld, undeliverable }));

  /** Resolves when they are durable. Rejects like `readOutbox`. */
  noteTopics(partitions: Readonly<Record<string, number>>): Promise<void> {
    return this.#call((id) => ({ kind: "note-topics", id, partitions }));
  }

  /** An operator has seen the rollback. Rejects like `readOutbox`. */
  endRollback(isFinal: boolean): Promise<Rollback | undefined> {
    return this.#call((id) => ({ kind: "end-rollback", id, isFinal }));
  }

  /** What of the journal is there since then (wall clock). Rejects like `readOutbox`. */
  openJournal(sinceMs: number): Promise<JournalHead | undefined> {
    return this.#call((id) => ({ kind: "journal-open", id, sinceMs }));
  }

  /** The next rows (engine/journal-rows.ts), read between two batches. Rejects like `readOutbox`. */
  readJournal(afterSequence: number, throughSequence: number): Promise<PackedRows> {
    return this.#call((id) => ({ kind: "journal-read", id, afterSequence, throughSequence }));
  }

  /** Rows through `throughSequence` are committed in Kafka; they go with the next transaction. */
  confirmOutbox(lane: Lane, throughSequence: number): void {
    this.#post({ kind: "outbox-confirm", lane, throughSequence });
  }

  /** Raises (or, without detail, clears) an alarm about the gateway itself. */
  gatewayAlarm(alarm: string, detail: string | undefined): void {
    this.#post({ kind: "gateway-alarm", alarm, detail });
  }

  /** undefined: the worker ended before it could answer. */
  status(): Promise<EngineStatus | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#statuses.set(id, resolve);
      this.#post({ kind: "status", id });
    });
  }

  /** Checkpoint and close; resolves when the thread has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#post({ kind: "stop" });
    await this.#exited;
  }

  /** Ends the thread where it stands, as a kill would; what is committed stays committed. */
  async terminate(): Promise<void> {
    this.#stopping = true;
    await this.#worker.terminate();
  }

  async #findSchemas(ids: readonly number[]): Promise<void> {
    this.#post({ kind: "schemas", schemas: await this.#options.findSchemas(ids) });
  }

  #call<T>(message: (id: number) => ToWorker): Promise<T> {
    if (this.#ended) return Promise.reject(gone());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { answer: (value) => resolve(value as T), fail: reject });
      this.#post(message(id));
    });
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: ToMain): void {
    switch (message.kind) {
      case "ready":
        this.#resolveReady(message.ready);
        return;
      case "committed":
        this.#options.onCommitted(message);
        return;
      case "progress":
        this.#options.onProgress(message.progress);
        return;
      case "sessions-saved":
        take(this.#sessions, message.id)?.();
        return;
      case "outbox-chunks":
        take(this.#calls, message.id)?.answer([...message.chunks]);
        return;
      case "refused":
        take(this.#calls, message.id)?.fail(unwritten(message.reason));
        return;
      case "reconciled":
        take(this.#calls, message.id)?.answer(message.rollback);
        return;
      case "journal-head":
        take(this.#calls, message.id)?.answer(message.head);
        return;
      case "journal-rows":
        take(this.#calls, message.id)?.answer(message);
        return;
      case "rows-stopped":
        take(this.#calls, message.id)?.answer(message.told);
        return;
      case "topics-noted":
        take(this.#calls, message.id)?.answer(undefined);
        return;
      case "status":
        take(this.#statuses, message.id)?.(message.status);
        return;
      case "schemas-wanted":
        void this.#findSchemas(message.ids);
        return;
      case "log":
        this.#options.logger[message.level](message.message, message.fields);
    }
  }
}

function startThread(config: EngineConfig): CoreThread {
  const entry = import.meta.url.endsWith(".ts") ? "../engine.ts" : "./engine.js";
  return new Worker(new URL(entry, import.meta.url), {
    workerData: config,
    resourceLimits: {
      maxYoungGenerationSizeMb: WORKER_YOUNG_GENERATION_MIB,
      maxOldGenerationSizeMb: WORKER_OLD_GENERATION_MIB,
    },
  });
}

function take<T>(map: Map<number, T>, id: number): T | undefined {
  const value = map.get(id);
  map.delete(id);
  return value;
}

function gone(): GatewayError {
  return unwritten("the core worker is gone");
}

function unwritten(message: string): GatewayError {
  return new GatewayError(message, { code: "STORE_WRITE", blame: "external" });
}

/** Errors lose their class between threads; what the worker set as properties survives. */
function asGatewayError(failure: unknown): GatewayError {
  type Portable = { message?: string; code?: ErrorCode; blame?: Blame; hint?: string };
  const { message, code, blame, hint } = (failure ?? {}) as Portable;
  const known = ERROR_CODES.find((each) => each === code);
  return new GatewayError(message ?? "the core worker ended", {
    code: known ?? "ASSERTION",
    // What ends a thread by itself, out of memory for one, has none.
    blame: BLAMES.find((each) => each === blame) ?? "bug",
    ...(hint === undefined ? {} : { hint }),
    cause: failure,
  });
}
