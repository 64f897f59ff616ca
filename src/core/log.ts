// What code that logs needs of a logger. Constant message, variable fields; one log where an error is handled.
// WARN = nothing lost; ERROR = data lost or a human needed.

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
