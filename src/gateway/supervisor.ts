// Keeps a core worker running. A worker that ends (any failed COMMIT ends it) is replaced after a back-off; the new
// one rebuilds its state from the card. What it had not committed is not acknowledged: the links it came by are
// closed, and the devices send it again. A failed fsync is different: a retry could "succeed" on a page that the
// kernel has dropped, so the process ends (exit 74) and its supervisor starts it anew.

import { GatewayError } from "../core/errors.ts";
import { WORKER_BACKOFF_MAX_MS, WORKER_BACKOFF_MIN_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { EngineProgress, EngineReady, Lane } from "../core/protocol.ts";
import type { EngineConfig } from "../engine/config.ts";
import { CoreWorker } from "./core-worker.ts";
import type { Committed, CoreWorkerOptions } from "./core-worker.ts";
import { within } from "./within.ts";

/** BSD sysexits EX_IOERR: the card did not take what it was told to keep. */
const EXIT_FSYNC = 74;

export interface SupervisorOptions {
  readonly config: EngineConfig;
  readonly thread?: CoreWorkerOptions["thread"];
  readonly logger: Logger;
  onCommitted(message: Committed): void;
  /** Where the engine is after a commit that came with no batch. */
  onProgress(progress: EngineProgress): void;
  readonly findSchemas: CoreWorkerOptions["findSchemas"];
  /** The worker is gone; batches in flight are lost. */
  onLost(): void;
  /** A new worker has recovered and takes batches. */
  onBack(ready: EngineReady): void;
  /** The process must end with this code. */
  onFatal(exitCode: number): void;
}

export class Supervisor {
  worker: CoreWorker;
  /** False between the loss of a worker and the recovery of the next. */
  running = false;
  /** The worker only drains the outbox: the data directory cannot be written. */
  #draining = false;
  readonly #options: SupervisorOptions;
  #failures = 0;
  #stopped = false;
  #restart: NodeJS.Timeout | undefined;
  /** What the next worker is told; what the last one was told of the outbox too, since it may not have got to it. */
  readonly #confirmed = new Map<Lane, number>();
  readonly #alarms = new Map<string, string | undefined>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.worker = this.#start();
  }

  /** Resolves with the first recovery; rejects when the data folder cannot be opened at all. */
  async recovered(): Promise<EngineReady> {
    const ready = await this.worker.ready;
    this.running = true;
    this.#draining = ready.draining;
    return ready;
  }

  /** Rows of `lane` through this sequence are committed in Kafka; they go with the next transaction. */
  confirmOutbox(lane: Lane, throughSequence: number): void {
    this.#confirmed.set(lane, throughSequence);
    if (this.running) this.worker.confirmOutbox(lane, throughSequence);
  }

  /** Raises (or, without detail, clears) an alarm about the gateway itself. */
  gatewayAlarm(alarm: string, detail: string | undefined): void {
    if (this.running && !this.#draining) this.worker.gatewayAlarm(alarm, detail);
    else this.#alarms.set(alarm, detail);
  }

  /** Checkpoints and closes. False: not within `deadlineMs`; then the thread is cut off as soon as that is possible. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    const isInTime = await within(this.worker.stop(), deadlineMs);
    if (!isInTime) {
      this.#options.logger.warn("the disk did not answer in time; stopping without a checkpoint");
      void this.worker.terminate();
    }
    return isInTime;
  }

  #start(): CoreWorker {
    const { config, thread, logger, onCommitted, onProgress, findSchemas } = this.#options;
    return new CoreWorker({
      config,
      thread,
      logger,
      onCommitted: (message) => {
        this.#failures = 0;
        onCommitted(message);
      },
      onProgress,
      findSchemas,
      onFailure: (error) => this.#failed(error),
    });
  }

  #failed(error: GatewayError): void {
    const { logger, onFatal, onLost } = this.#options;
    if (this.#stopped) return;
    if (this.#draining) logger.info("the core worker ended", { reason: error.message });
    else logger.error("the core worker ended", { error });
    if (error.code === "STORE_FSYNC") {
      onFatal(EXIT_FSYNC);
      return;
    }
    if (!this.running && this.#failures === 0) return;
    this.running = false;
    onLost();
    const delayMs = Math.min(WORKER_BACKOFF_MIN_MS * 2 ** this.#failures, WORKER_BACKOFF_MAX_MS);
    this.#failures++;
    this.#restart = setTimeout(() => void this.#again(), delayMs);
  }

  async #again(): Promise<void> {
    this.worker = this.#start();
    const ready = await this.worker.ready.catch(() => undefined);
    if (ready === undefined || this.#stopped) return;
    this.running = true;
    this.#draining = ready.draining;
    this.#options.logger.info("the core worker is back");
    this.#tell(ready);
    this.#options.onBack(ready);
  }

  #tell({ lanes, draining }: EngineReady): void {
    for (const { lane, lastSequence } of lanes) {
      const through = Math.min(this.#confirmed.get(lane) ?? 0, lastSequence);
      if (through > 0) this.worker.confirmOutbox(lane, through);
    }
    if (draining) return;
    for (const [alarm, detail] of this.#alarms) this.worker.gatewayAlarm(alarm, detail);
    this.#alarms.clear();
  }
}
