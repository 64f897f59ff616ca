// The core worker's message loop while the data directory cannot be written. It ends as soon as it can be again: the
// main thread then starts a worker with an engine.

import { systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import { DRAIN_LOOK_MS } from "../core/limits.ts";
import type { ToWorker } from "../core/protocol.ts";
import type { Drain } from "./drain.ts";
import { guard, type WorkerPort } from "./worker-port.ts";

const REFUSAL = "the data directory cannot be written";

/** Serves until `drain` is over, then throws STORE_WRITE. */
export function serveDrain(drain: Drain, to: WorkerPort): void {
  const look = setInterval(() => {
    if (!drain.isOver) return;
    drain.close();
    guard(() => {
      throw new GatewayError("the data directory can be written again", {
        code: "STORE_WRITE",
        blame: "external",
      });
    });
  }, DRAIN_LOOK_MS);
  to.port.on("message", (message: ToWorker) => {
    if (message.kind === "stop") {
      clearInterval(look);
      drain.close();
      to.port.close();
    } else guard(() => receive(message, drain, to));
  });
  to.send({ kind: "ready", ready: drain.ready });
}

function receive(message: Exclude<ToWorker, { kind: "stop" }>, drain: Drain, to: WorkerPort): void {
  switch (message.kind) {
    case "outbox-read": {
      const { id, lane, afterSequence, maxRows, maxBytes } = message;
      const chunks = drain.readOutbox(lane, afterSequence, { maxRows, maxBytes });
      to.send({ kind: "outbox-chunks", id, chunks });
      return;
    }
    case "outbox-confirm":
      drain.confirm(message.lane, message.throughSequence, systemClock.wallMs());
      return;
    case "reconcile": {
      const { id } = message;
      const rollback = drain.reconcile(message.marks);
      if (rollback === "unknown") to.send({ kind: "refused", id, reason: REFUSAL });
      else to.send({ kind: "reconciled", id, rollback });
      return;
    }
    case "note-topics":
      // Noted for the next start, which counts them again.
      to.send({ kind: "topics-noted", id: message.id });
      return;
    case "stop-rows":
    case "end-rollback":
    case "journal-open":
    case "journal-read":
      to.send({ kind: "refused", id: message.id, reason: REFUSAL });
      return;
    case "status":
      to.send({ kind: "status", id: message.id, status: drain.status });
      return;
    case "batch":
    case "clock":
    case "link":
    case "clock-trust":
    case "sessions":
    case "gateway-alarm":
    case "schemas":
      // Not acknowledged: whoever sent it has it still, and the links are closed when an engine is back.
      return;
  }
}
