// Errors by blame. The blame decides what happens, never the message text:
//   config   refused before anything starts: exit 78 (gateway.yaml, rules, profiles) or 2 (CLI input)
//   data     the row goes to a dead letter and a counter; it never travels as a throw through the pipeline
//   external back off and try again
//   bug      an assertion of ours: the rule is suspended or the process restarts; the state is on disk

export const BLAMES = ["config", "data", "external", "bug"] as const;
export type Blame = (typeof BLAMES)[number];

/** The closed list of error codes. Add one here before throwing it. */
export const ERROR_CODES = [
  "USAGE",
  "CONFIG_INVALID",
  "PROFILE_INVALID",
  "SQL_SYNTAX",
  "SQL_UNSUPPORTED",
  "SQL_INVALID",
  "ROW_INVALID",
  "INPUT_UNREADABLE",
  "STORE_LOCKED",
  "STORE_FSYNC",
  "STORE_WRITE",
  "STORE_FULL",
  "STORE_CORRUPT",
  "STORE_VERSION",
  "LISTEN_FAILED",
  "MQTT_PROTOCOL",
  "KAFKA_UNAVAILABLE",
  "KAFKA_FENCED",
  "KAFKA_REFUSED",
  "REGISTRY_UNAVAILABLE",
  "SCHEMA_REJECTED",
  "CONTROL_FAILED",
  "ASSERTION",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A place in a text file; line and column count from 1. `excerpt` is the whole source line. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
  readonly excerpt?: string;
}

export interface GatewayErrorOptions {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retryable?: boolean;
  /** How to fix it, as one sentence in the imperative. */
  readonly hint?: string;
  readonly position?: SourcePosition;
  readonly cause?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The one error class. `message` says what is wrong, `hint` how to fix it, `position` where. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly position: SourcePosition | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(message: string, options: GatewayErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatewayError";
    this.code = options.code;
    this.blame = options.blame;
    this.retryable = options.retryable ?? options.blame === "external";
    this.hint = options.hint;
    this.position = options.position;
    this.context = options.context ?? {};
  }
}

/** Throws blame `bug` when `condition` is false. Assertions stay on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new GatewayError(message, { code: "ASSERTION", blame: "bug" });
}

/** `file:line:column message`, then the source line with a caret, then the hint. No trailing newline. */
export function formatError(error: GatewayError): string {
  const at = error.position;
  const hint = error.hint === undefined ? "" : `\n  ${error.hint}`;
  if (at === undefined) return error.message + hint;
  const head = `${at.file}:${at.line}:${at.column} ${error.message}`;
  if (at.excerpt === undefined) return head + hint;
  // Tabs stay tabs in the caret line, so that the caret stands under its character.
  const pad = at.excerpt.slice(0, at.column - 1).replace(/[^\t]/g, " ");
  return `${head}\n  ${at.excerpt}\n  ${pad}${"^".repeat(Math.max(1, at.length ?? 1))}${hint}`;
}
