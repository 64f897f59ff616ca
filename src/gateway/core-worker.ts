// The main thread's end of the core worker: typed messages, one answer per request. It never blocks and never
// looks into the database. When the worker ends (any failed COMMIT ends it), every open request is dropped and
// the owner starts a new one, which rebuilds its state from checkpoint and journal.

import { Worker } from "node:worker_threads";

import { ERROR_CODES, GatewayError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { WORKER_OLD_GENERATION_MIB, WORKER_YOUNG_GENERATION_MIB } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type {
  EngineReady,
  EngineStatus,
  Lane,
  OutboxChunk,
  SessionChange,
  ToMain,
  ToWorker,
  UndeliverableRow,
} from "../core/protocol.ts";
import type { EngineConfig } from "../engine/config.ts";

export type Committed = Extract<ToMain, { kind: "committed" }>;

export interface CoreWorkerOptions {
  readonly config: EngineConfig;
  readonly logger: Logger;
  /** A batch is durable: acknowledge it, then hand its buffers back. */
  onCommitted(message: Committed): void;
  /** The worker is gone without having been asked to stop. */
  onFailure(error: GatewayError): void;
}

type Answer<T> = (value: T) => void;

interface Read {
  readonly answer: Answer<OutboxChunk[]>;
  readonly fail: Answer<GatewayError>;
}

/** One life of the core worker. */
export class CoreWorker {
  readonly ready: Promise<EngineReady>;
  readonly #options: CoreWorkerOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #sessions = new Map<number, () => void>();
  readonly #reads = new Map<number, Read>();
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
    const entry = import.meta.url.endsWith(".ts") ? "../engine.ts" : "./engine.js";
    this.#worker = new Worker(new URL(entry, import.meta.url), {
      workerData: options.config,
      resourceLimits: {
        maxYoungGenerationSizeMb: WORKER_YOUNG_GENERATION_MIB,
        maxOldGenerationSizeMb: WORKER_OLD_GENERATION_MIB,
      },
    });
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
        for (const { fail } of this.#reads.values()) fail(gone());
        if (!this.#stopping) options.onFailure(error);
      });
    });
  }

  /** Transfers the batch; answered by `onCommitted`. */
  submit(batch: MessageBatch): void {
    this.#post({ kind: "batch", batch }, [batch.bytes, batch.words]);
  }

  /** `done` runs once the changes are durable. */
  saveSessions(changes: readonly SessionChange[], done: () => void): void {
    const id = this.#nextId++;
    this.#sessions.set(id, done);
    this.#post({ kind: "sessions", id, changes });
  }

  /**
   * Chunks holding rows after `afterSequence`, oldest first; the first may begin before it. None: there are no such
   * rows. Rejects (STORE_WRITE, retryable) when the worker ends, which says nothing about the rows.
   */
  readOutbox(
    lane: Lane,
    afterSequence: number,
    bounds: { maxRows: number; maxBytes: number },
  ): Promise<OutboxChunk[]> {
    if (this.#ended) return Promise.reject(gone());
    const id = this.#nextId++;
    return new Promise((answer, fail) => {
      this.#reads.set(id, { answer, fail });
      this.#post({ kind: "outbox-read", id, lane, afterSequence, ...bounds });
    });
  }

  /** Rows through `throughSequence` are committed in Kafka; they go with the next transaction. */
  confirmOutbox(lane: Lane, throughSequence: number): void {
    this.#post({ kind: "outbox-confirm", lane, throughSequence });
  }

  undeliverable(rows: readonly UndeliverableRow[]): void {
    this.#post({ kind: "undeliverable", rows });
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
      case "sessions-saved":
        take(this.#sessions, message.id)?.();
        return;
      case "outbox-chunks":
        take(this.#reads, message.id)?.answer([...message.chunks]);
        return;
      case "status":
        take(this.#statuses, message.id)?.(message.status);
        return;
      case "log":
        this.#options.logger[message.level](message.message, message.fields);
    }
  }
}

function take<T>(map: Map<number, T>, id: number): T | undefined {
  const value = map.get(id);
  map.delete(id);
  return value;
}

function gone(): GatewayError {
  return new GatewayError("the core worker is gone", { code: "STORE_WRITE", blame: "external" });
}

/** Errors lose their class between threads; what the worker set as properties survives. */
function asGatewayError(failure: unknown): GatewayError {
  type Portable = { message?: string; code?: ErrorCode; hint?: string };
  const { message, code, hint } = (failure ?? {}) as Portable;
  const known = ERROR_CODES.find((each) => each === code);
  return new GatewayError(message ?? "the core worker ended", {
    code: known ?? "ASSERTION",
    blame: known?.startsWith("STORE_") ? "external" : "bug",
    ...(hint === undefined ? {} : { hint }),
    cause: failure,
  });
}
