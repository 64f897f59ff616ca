// Composition root of the core worker: an engine behind the thread's port; where the data directory cannot be written,
// what drains its outbox instead.
//
// Run as a process of its own, this file tries whether a message is deadly (engine/trial.ts): it has everything that
// runs messages, and nothing else.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { systemClock } from "./core/clock.ts";
import { assert, GatewayError } from "./core/errors.ts";
import type { ErrorCode } from "./core/errors.ts";
import { SharedClock } from "./core/shared-clock.ts";
import type { EngineConfig } from "./engine/config.ts";
import { Drain } from "./engine/drain.ts";
import type { Engine } from "./engine/engine.ts";
import { openEngine } from "./engine/open-engine.ts";
import { serveDrain } from "./engine/serve-drain.ts";
import { EngineServer } from "./engine/serve-engine.ts";
import { findDeadly, runTrial } from "./engine/trial.ts";
import { guard, WorkerPort } from "./engine/worker-port.ts";

/** What a copy elsewhere gets around. */
const UNWRITABLE: readonly ErrorCode[] = ["STORE_WRITE", "STORE_FULL"];

if (isMainThread) {
  runTrial(readFileSync(process.stdin.fd));
  process.exit(0);
}
assert(parentPort !== null, "engine.ts runs as a worker thread");
const to = new WorkerPort(parentPort);
const config = workerData as EngineConfig;
guard(() => {
  const opened = open();
  if (opened instanceof Drain) serveDrain(opened, to);
  else new EngineServer(opened, to).serve();
});

function open(): Engine | Drain {
  const program = [process.execPath, fileURLToPath(import.meta.url)] as const;
  try {
    return openEngine(config, {
      log: to.log,
      clock: config.wallClock === undefined ? systemClock : new SharedClock(config.wallClock),
      findDeadly: (trial) => findDeadly(program, trial),
    });
  } catch (error) {
    if (error instanceof GatewayError && UNWRITABLE.includes(error.code))
      return drainInstead(error);
    throw error;
  }
}

/** Throws what kept the engine from starting where there is nothing to drain. */
function drainInstead(error: GatewayError): Drain {
  try {
    const drain = new Drain(config, to.log);
    to.log.error("the data directory cannot be written: nothing is taken, the outbox is drained", {
      error,
    });
    return drain;
  } catch {
    throw error;
  }
}
