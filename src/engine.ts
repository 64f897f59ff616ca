// Composition root of the core worker: the thread's message loop around the engine. Messages are handled in the
// order in which they came; a batch that may not run yet (a full lane, a full disk) waits here, and with it the
// ones behind it: that is the back-pressure. At most BATCHES_IN_FLIGHT can wait.
//
// Run as a process of its own, this file tries whether a message is deadly (engine/trial.ts): it has everything that
// runs messages, and nothing else.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { systemClock } from "./core/clock.ts";
import { assert, GatewayError } from "./core/errors.ts";
import type { Logger } from "./core/log.ts";
import type { MessageBatch } from "./core/message-batch.ts";
import type { ToMain, ToWorker } from "./core/protocol.ts";
import type { EngineConfig } from "./engine/config.ts";
import { Engine } from "./engine/engine.ts";
import { engineStatus } from "./engine/status.ts";
import { runTrial, TRIAL_MS } from "./engine/trial.ts";

/** Upkeep begins after this long without a batch. */
const IDLE_MS = 1000;
/** A blocked batch asks again this often: a disk gets room without telling us. */
const RETRY_MS = 200;

if (isMainThread) {
  runTrial(readFileSync(process.stdin.fd));
  process.exit(0);
}
assert(parentPort !== null, "engine.ts runs as a worker thread");
const port = parentPort;
const engine = start();
const waiting: MessageBatch[] = [];
let sessionsSaved: number[] = [];
let flushScheduled = false;
let blockedBy: string | undefined;
let timer: NodeJS.Timeout | undefined;

port.on("message", (message: ToWorker) => {
  guard(() => receive(message));
});
send({ kind: "ready", ready: engine.ready });
wake(IDLE_MS);

function start(): Engine {
  try {
    const host = { log: logger(), clock: systemClock, isDeadly };
    return new Engine(workerData as EngineConfig, host);
  } catch (error) {
    throw portable(error);
  }
}

/** Blocks for as long as it takes. A process that could not be started tells nothing: the suspect has killed twice. */
function isDeadly(trial: Uint8Array): boolean {
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
    input: trial,
    stdio: ["pipe", "ignore", "ignore"],
    timeout: TRIAL_MS,
    killSignal: "SIGKILL",
  });
  return status !== 0;
}

function receive(message: ToWorker): void {
  switch (message.kind) {
    case "batch":
      waiting.push(message.batch);
      runWaiting();
      return;
    case "sessions":
      engine.changeSessions(message.changes);
      sessionsSaved.push(message.id);
      scheduleFlush();
      return;
    case "outbox-read": {
      const { id, lane, afterSequence, maxRows, maxBytes } = message;
      const chunks = engine.readOutbox(lane, afterSequence, { maxRows, maxBytes });
      send({ kind: "outbox-chunks", id, chunks });
      return;
    }
    case "outbox-confirm":
      engine.confirm(message.lane, message.throughSequence);
      if (waiting.length > 0) runWaiting();
      return;
    case "undeliverable":
      engine.undeliverable(message.rows);
      return;
    case "gateway-alarm":
      engine.gatewayAlarm(message.alarm, message.detail);
      return;
    case "status":
      send({ kind: "status", id: message.id, status: engineStatus(engine, blockedBy) });
      return;
    case "stop":
      clearTimeout(timer);
      // A batch that could not run is not acknowledged; its sender has it still.
      waiting.length = 0;
      engine.stop();
      port.close();
  }
}

function runWaiting(): void {
  for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
    const blocked = engine.blocked();
    blockedBy = blocked === undefined ? undefined : describe(blocked);
    if (blocked !== undefined) {
      // What is no longer needed may be all that is in the way.
      engine.idle();
      wake(RETRY_MS);
      return;
    }
    waiting.shift();
    const { lines, lanes } = engine.run(batch);
    const { id, bytes, words } = batch;
    const { flashBytes } = engine.store.stats;
    const committed: ToMain = { kind: "committed", id, bytes, words, lanes, flashBytes, lines };
    port.postMessage(committed, [bytes, words]);
    answerSessions();
    engine.maintain();
  }
  wake(IDLE_MS);
}

/** Sessions ride on the next batch if one is here already; otherwise they get a commit of their own. */
function scheduleFlush(): void {
  if (flushScheduled) return;
  flushScheduled = true;
  setImmediate(() => {
    flushScheduled = false;
    guard(() => {
      engine.flush();
      answerSessions();
    });
  });
}

function answerSessions(): void {
  for (const id of sessionsSaved) send({ kind: "sessions-saved", id });
  sessionsSaved = [];
}

function wake(afterMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    guard(() => {
      if (waiting.length > 0) runWaiting();
      else if (engine.idle()) wake(0);
    });
  }, afterMs);
}

function describe(blocked: { readonly reason: string; readonly lane?: string }): string {
  return blocked.lane === undefined
    ? `the ${blocked.reason} is full`
    : `lane ${blocked.lane} is full`;
}

/** Any error ends the thread: the engine may be ahead of the disk. The main thread starts a new one. */
function guard(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw portable(error);
  }
}

/** Own properties of an error class do not cross threads; on a plain Error they do. */
function portable(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { message, cause, code, hint, stack } = error;
  return Object.assign(new Error(message, { cause }), { code, hint, stack });
}

function send(message: ToMain): void {
  port.postMessage(message);
}

function logger(): Logger {
  const log =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      send({ kind: "log", level, message, fields });
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
