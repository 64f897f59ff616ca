// The core worker's message loop around the engine. Messages are handled in the order in which they came; a batch that
// may not run yet (a full lane, a full disk, a schema to be asked for) waits here, and with it the ones behind it: that
// is the back-pressure. At most BATCHES_IN_FLIGHT can wait.

import { crashPoint } from "../core/fault-points.ts";
import type { EngineProgress, ToWorker } from "../core/protocol.ts";
import type { Engine } from "./engine.ts";
import { answerJournal } from "./journal-rows.ts";
import { SchemaWait } from "./schema-wait.ts";
import { engineStatus } from "./status.ts";
import { guard, type WorkerPort } from "./worker-port.ts";

/** Upkeep begins after this long without a batch. */
const IDLE_MS = 1000;
/** A blocked batch asks again this often: a disk gets room without telling us. */
const RETRY_MS = 200;

type FromUplink = Extract<
  ToWorker,
  {
    kind:
      | "outbox-read"
      | "outbox-confirm"
      | "reconcile"
      | "stop-rows"
      | "note-topics"
      | "end-rollback";
  }
>;

/** What is stamped, and by what clock. */
type InOrder = Extract<ToWorker, { kind: "batch" | "clock-trust" }>;

/** See the header. */
export class EngineServer {
  readonly #engine: Engine;
  readonly #to: WorkerPort;
  readonly #waiting: InOrder[] = [];
  #sessionsSaved: number[] = [];
  #flushScheduled = false;
  #blockedBy: string | undefined;
  readonly #schemas: SchemaWait;
  #timer: NodeJS.Timeout | undefined;
  #catchUpTimer: NodeJS.Timeout | undefined;

  constructor(engine: Engine, to: WorkerPort) {
    this.#engine = engine;
    this.#to = to;
    this.#schemas = new SchemaWait(engine, (ids) => to.send({ kind: "schemas-wanted", ids }));
  }

  /** Until it is told to stop. */
  serve(): void {
    this.#to.port.on("message", (message: ToWorker) => {
      guard(() => this.#receive(message));
    });
    this.#to.send({ kind: "ready", ready: this.#engine.ready });
    this.#wake(IDLE_MS);
    this.#catchUp(0);
  }

  #receive(message: ToWorker): void {
    switch (message.kind) {
      case "batch":
      case "clock-trust":
        this.#waiting.push(message);
        this.#runWaiting();
        return;
      case "clock":
        this.#clock(message.engineTimeMs);
        return;
      case "link": {
        const { source, isUp, engineTimeMs } = message;
        this.#engine.time.link({ source, isUp }, engineTimeMs);
        this.#sendProgress([]);
        return;
      }
      case "sessions":
        this.#engine.changeSessions(message.changes);
        this.#sessionsSaved.push(message.id);
        this.#scheduleFlush();
        return;
      case "gateway-alarm":
        this.#engine.gatewayAlarm(message.alarm, message.detail);
        this.#sendProgress([]);
        return;
      case "schemas":
        this.#schemas.answered(message.schemas);
        this.#runWaiting();
        return;
      case "status":
        this.#tellStatus(message.id);
        return;
      case "journal-open":
      case "journal-read":
        this.#to.send(answerJournal(this.#engine, message));
        return;
      case "stop":
        clearTimeout(this.#timer);
        clearTimeout(this.#catchUpTimer);
        // A batch that could not run is not acknowledged; its sender has it still.
        this.#waiting.length = 0;
        this.#engine.stop();
        this.#to.port.close();
        return;
      default:
        this.#receiveFromUplink(message);
    }
  }

  #receiveFromUplink(message: FromUplink): void {
    switch (message.kind) {
      case "outbox-read": {
        const { id, lane, afterSequence, maxRows, maxBytes } = message;
        const chunks = this.#engine.readOutbox(lane, afterSequence, { maxRows, maxBytes });
        this.#to.send({ kind: "outbox-chunks", id, chunks });
        return;
      }
      case "outbox-confirm":
        this.#engine.confirm(message.lane, message.throughSequence);
        if (this.#waiting.length > 0) this.#runWaiting();
        else this.#wake(IDLE_MS);
        return;
      case "reconcile": {
        const rollback = this.#engine.uplinked((reconciler) => reconciler.reconcile(message.marks));
        this.#to.send({ kind: "reconciled", id: message.id, rollback });
        this.#sendProgress([]);
        return;
      }
      case "stop-rows": {
        const { id, withheld, undeliverable } = message;
        const told = this.#engine.uplinked((reconciler) => {
          return reconciler.stopRows(withheld, undeliverable);
        });
        this.#to.send({ kind: "rows-stopped", id, told });
        this.#sendProgress([]);
        return;
      }
      case "note-topics":
        this.#engine.uplinked((reconciler) => reconciler.noteTopics(message.partitions));
        this.#to.send({ kind: "topics-noted", id: message.id });
        return;
      case "end-rollback": {
        const { id, isFinal } = message;
        const rollback = this.#engine.uplinked((reconciler) => reconciler.endRollback(isFinal));
        this.#to.send({ kind: "reconciled", id, rollback });
        this.#sendProgress([]);
        return;
      }
    }
  }

  /** Behind a batch that waits, time does not pass; nor where what it lets out has no room. */
  #clock(engineTimeMs: number): void {
    const engine = this.#engine;
    if (this.#waiting.length > 0 || engine.blocked() !== undefined) this.#sendProgress([]);
    else this.#sendProgress(engine.time.tick(engineTimeMs));
  }

  #runWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.kind === "clock-trust") {
        this.#waiting.shift();
        this.#engine.time.trust(next.problem, next.engineTimeMs);
        this.#sendProgress([]);
        continue;
      }
      const blocked = this.#engine.blocked();
      this.#blockedBy = blocked === undefined ? undefined : describe(blocked);
      if (blocked !== undefined) {
        // What is no longer needed may be all that is in the way.
        this.#engine.idle();
        this.#wake(RETRY_MS);
        return;
      }
      if (this.#schemas.delays(next.batch)) {
        this.#blockedBy = "the schema registry is asked";
        return;
      }
      this.#waiting.shift();
      const lines = this.#engine.run(next.batch);
      const { id, bytes, words } = next.batch;
      const progress = this.#progress(lines);
      this.#to.send({ kind: "committed", id, bytes, words, progress }, [bytes, words]);
      this.#answerSessions();
      this.#engine.maintain();
    }
    this.#wake(IDLE_MS);
  }

  /** A repaired rule catches up between batches, for as long as there is room for its rows. */
  #catchUp(afterMs: number): void {
    if (!this.#engine.suspensions.isBehind) return;
    this.#catchUpTimer = setTimeout(() => {
      guard(() => {
        this.#sendProgress(this.#engine.catchUp());
        this.#catchUp(this.#engine.blocked() === undefined ? 0 : RETRY_MS);
      });
    }, afterMs);
  }

  #tellStatus(id: number): void {
    this.#to.send({ kind: "status", id, status: engineStatus(this.#engine, this.#blockedBy) });
  }

  /** No batch tells of this commit, and of the rows that it has brought. */
  #sendProgress(lines: readonly string[]): void {
    this.#to.send({ kind: "progress", progress: this.#progress(lines) });
    this.#engine.maintain();
  }

  #progress(lines: readonly string[]): EngineProgress {
    const { lanes, store, time, state } = this.#engine;
    return {
      lanes,
      flashBytes: store.stats.flashBytes,
      lines,
      told: state.pipeline.outputs.takeTold(),
      nextDeadlineMs: time.nextDeadlineMs,
    };
  }

  /** Sessions ride on the next batch if one is here already; otherwise they get a commit of their own. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      guard(() => {
        this.#engine.flush();
        crashPoint("engine-after-sessions");
        this.#answerSessions();
      });
    });
  }

  #answerSessions(): void {
    for (const id of this.#sessionsSaved) this.#to.send({ kind: "sessions-saved", id });
    this.#sessionsSaved = [];
  }

  #wake(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      guard(() => {
        if (this.#waiting.length > 0) this.#runWaiting();
        else if (this.#engine.idle()) this.#wake(0);
      });
    }, afterMs);
  }
}

function describe(blocked: { readonly reason: string; readonly lane?: string }): string {
  return blocked.lane === undefined
    ? `the ${blocked.reason} is full`
    : `lane ${blocked.lane} is full`;
}
