// The one door to pino: JSON lines on stderr. Writes are synchronous, so that the last line before an exit or a crash
// is there; nothing is logged per event, so nobody waits for them. Imported lazily: a command that does not log does
// not pay for it (0.8 MiB beside the gateway's other packages, 6.5 MiB alone).

import { pino, type LoggerOptions } from "pino";

import type { LogLevel } from "../config/gateway.ts";
import { GatewayError } from "../core/errors.ts";
import type { LogFields, Logger } from "../core/log.ts";

/** A logger from `level` up; `fd` is stderr but in tests. An error belongs in the field `error`. */
export function createLogger(level: LogLevel, fd: number = process.stderr.fd): Logger {
  const options: LoggerOptions = {
    level,
    base: { pid: process.pid },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: describeError },
  };
  const sink = pino(options, pino.destination({ fd, sync: true }));
  return {
    debug: (message, fields) => sink.debug(fields ?? {}, message),
    info: (message, fields) => sink.info(fields ?? {}, message),
    warn: (message, fields) => sink.warn(fields ?? {}, message),
    error: (message, fields) => sink.error(fields ?? {}, message),
  };
}

/** What is worth knowing of an error; a stack only where we are to blame, or nobody knows who is. */
function describeError(error: unknown): LogFields | string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  if (!(error instanceof GatewayError)) {
    return { message: error.message, stack: error.stack, ...cause };
  }
  const { code, blame, message, hint, context } = error;
  const stack = blame === "bug" ? { stack: error.stack } : {};
  return { code, blame, message, hint, context, ...stack, ...cause };
}
