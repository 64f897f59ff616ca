// The core worker's thread without a thread: its loop runs in virtual time, and messages between it and the main thread
// are copied and take a moment, as between threads. An error ends it, as it ends a thread.

import { EventEmitter } from "node:events";
import type { MessagePort } from "node:worker_threads";

import type { ToMain, ToWorker } from "../../src/core/protocol.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { FindDeadly } from "../../src/engine/trial.ts";
import { EngineServer } from "../../src/engine/serve-engine.ts";
import { guard, WorkerPort } from "../../src/engine/worker-port.ts";
import type { CoreThread } from "../../src/gateway/core-worker.ts";
import type { Defect } from "./defect.ts";
import type { Disk } from "./disk.ts";
import { messageCopy } from "./message-copy.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Where a gateway's store is. */
export type Card = Pick<Disk, "open" | "workerEnded">;

export interface CoreThreadWorld {
  readonly time: VirtualTime;
  readonly disk: Card;
  /** How long a message is under way. */
  readonly latencyMs: () => number;
  readonly defect: Defect | undefined;
  /** What a process that runs a trial dies of. */
  readonly findDeadly: FindDeadly;
}

const START_MS = 5;
const LOOK_MS = 9;
const BATCH_ROOM = 64 * 1024;

export class SimulatedThread {
  readonly #world: CoreThreadWorld;
  readonly #events = new EventEmitter();
  /** Set once it takes messages. */
  #onMessage: ((message: ToWorker) => void) | undefined;
  #ended = false;
  /** Messages arrive in the order in which they were sent. */
  #arriveMs = 0;
  #waiting: ToWorker[] = [];
  #looks = 0;
  #engine: Engine | undefined;

  constructor(world: CoreThreadWorld, config: EngineConfig) {
    this.#world = world;
    this.#later(START_MS, () => world.time.as("worker", () => this.#start(config)));
  }

  /** What the main thread has of it. */
  get handle(): CoreThread {
    const handle = {
      on: (event: string, listener: (value: unknown) => void) => this.#events.on(event, listener),
      postMessage: (message: ToWorker, transfer: ArrayBuffer[]) => this.#post(message, transfer),
      terminate: () => Promise.resolve(this.fail(new Error("terminated"))),
    };
    return handle as unknown as CoreThread;
  }

  get isBehind(): boolean {
    return this.#engine?.suspensions.isBehind === true;
  }

  /** Its process is gone: nothing that it has sent arrives. */
  abandon(): void {
    this.#ended = true;
  }

  /** Ends it with an error. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const { time, disk } = this.#world;
    time.cancel("worker");
    disk.workerEnded();
    time.after(0, () => {
      this.#events.emit("error", error);
      this.#events.emit("exit", 1);
    });
  }

  #start(config: EngineConfig): void {
    const { time, disk } = this.#world;
    const port = {
      on: (_: "message", listener: (message: ToWorker) => void) => (this.#onMessage = listener),
      postMessage: (message: ToMain, transfer: ArrayBuffer[]) => this.#send(message, transfer),
      close: () => this.#close(),
    };
    const to = new WorkerPort(port as unknown as MessagePort);
    guard(() => {
      const engine = Engine.open(structuredClone(config), {
        log: to.log,
        clock: {
          wallMs: () => time.wallMs(),
          // Work takes no virtual time. What is to stop after a while must see some pass.
          monotonicMs: () => time.monotonicMs() + LOOK_MS * this.#looks++,
        },
        findDeadly: this.#world.findDeadly,
        openStore: disk.open,
      });
      this.#engine = engine;
      new EngineServer(engine, to).serve();
    });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#receive(message);
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    const copy = messageCopy(message, transfer);
    if (this.#world.defect === "acknowledges-early" && message.kind === "batch") {
      const { id } = message.batch;
      const [bytes, words] = [new ArrayBuffer(BATCH_ROOM), new ArrayBuffer(BATCH_ROOM)];
      const progress = {
        lanes: [],
        flashBytes: 0,
        lines: [],
        told: { alarms: [], results: [] },
        nextDeadlineMs: Infinity,
      };
      this.#send({ kind: "committed", id, bytes, words, progress });
    }
    this.#later(this.#world.latencyMs(), () => {
      this.#world.time.as("worker", () => {
        if (this.#onMessage === undefined) this.#waiting.push(copy);
        else this.#receive(copy);
      });
    });
  }

  #receive(message: ToWorker): void {
    if (!this.#ended) this.#onMessage?.(message);
  }

  #send(message: ToMain, transfer: ArrayBuffer[] = []): void {
    if (this.#world.defect === "acknowledges-early" && message.kind === "committed") {
      const { progress } = message;
      if (progress.lanes.length > 0) {
        this.#send({ kind: "progress", progress });
        return;
      }
    }
    const copy = messageCopy(message, transfer);
    this.#later(this.#world.latencyMs(), () => this.#events.emit("message", copy));
  }

  #close(): void {
    this.#later(0, () => {
      this.#ended = true;
      this.#events.emit("exit", 0);
    });
  }

  #later(delayMs: number, run: () => void): void {
    const { time } = this.#world;
    const nowMs = time.monotonicMs();
    this.#arriveMs = Math.max(this.#arriveMs, nowMs + delayMs);
    time.after(this.#arriveMs - nowMs, () => {
      if (!this.#ended) run();
    });
  }
}
