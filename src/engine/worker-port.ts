// What both message loops of the core worker share: messages to the main thread, errors that survive the way there.

import type { MessagePort } from "node:worker_threads";

import { GatewayError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ToMain } from "../core/protocol.ts";

/** The worker's end of its port. */
export class WorkerPort {
  readonly port: MessagePort;
  readonly log: Logger;

  constructor(port: MessagePort) {
    this.port = port;
    const log =
      (level: "debug" | "info" | "warn" | "error") =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
        this.send({ kind: "log", level, message, fields });
    this.log = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  }

  send(message: ToMain, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

/** Any error ends the thread: the engine may be ahead of the disk. The main thread starts a new one. */
export function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw portable(error);
  }
}

/** Own properties of an error class do not cross threads; on a plain Error they do. */
function portable(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { message, cause, code, blame, hint, stack } = error;
  return Object.assign(new Error(message, { cause }), { code, blame, hint, stack });
}
