// The definition of an alarm, from a sink table with 'connector' = 'alarm'.
//
// Columns by name: `series` STRING, `event_time` TIMESTAMP or TIMESTAMP_LTZ, and `active` BOOLEAN or `value`
// DOUBLE; every other column is payload and travels with the events.
//
//   severity   low | medium | high | critical                              required
//   set        raised at value >= set                                      required with `value`
//   clear      returned at value < clear; default: set
//              clear > set makes a low alarm: raised at value <= set, returned at value > clear
//   on-delay   the condition must hold this long before it is raised       default 0
//   off-delay  … must be gone this long before it returns                  default 0
//   message    text carried by every event
//   lane       outbox lane of the events                                   default alarm

import { GatewayError, type SourcePosition } from "../core/errors.ts";
import { LANES, type Lane } from "../core/protocol.ts";
import { SEVERITIES, type Severity } from "../core/severity.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Field, SqlKind } from "../core/types.ts";
import { parseDuration } from "../core/duration.ts";

/** What an alarm needs of its sink table. */
export interface AlarmSink {
  readonly name: string;
  readonly columns: readonly Field[];
  readonly options: Readonly<Record<string, string>>;
  readonly position: SourcePosition;
}

/** A checked alarm. Columns are indexes into the sink's columns. */
export interface AlarmDefinition {
  readonly series: number;
  readonly eventTime: number;
  readonly condition:
    | { readonly kind: "active"; readonly column: number }
    | {
        readonly kind: "limit";
        readonly column: number;
        readonly set: number;
        readonly clear: number;
      };
  /** Columns that travel with the events, in order. */
  readonly payload: readonly number[];
  readonly severity: Severity;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  readonly message: string | null;
  readonly lane: Lane;
}

const OPTIONS = [
  "connector",
  "severity",
  "set",
  "clear",
  "on-delay",
  "off-delay",
  "message",
  "lane",
];
const ROLES = new Set(["series", "event_time", "active", "value"]);
/** Names that the events already use. */
const EVENT_FIELDS = new Set([
  "alarm_id",
  "rule",
  "state",
  "previous",
  "severity",
  "occurrence",
  "message",
]);

/** Reads the definition; throws CONFIG_INVALID at the table's position for the first thing that is wrong. */
export function validateAlarmSink(sink: AlarmSink): AlarmDefinition {
  const options = new Options(sink);
  options.refuseUnknown();
  const series = columnOf(sink, "series", ["CHAR", "VARCHAR"]);
  const eventTime = columnOf(sink, "event_time", ["TIMESTAMP", "TIMESTAMP_LTZ"]);
  if (series === undefined) throw missing(sink, "series", "STRING");
  if (eventTime === undefined) throw missing(sink, "event_time", "TIMESTAMP_LTZ(3)");
  for (const { name } of sink.columns) {
    if (!EVENT_FIELDS.has(name)) continue;
    throw refuse(
      sink,
      `column ${name} of alarm table ${sink.name} is a field of every alarm event`,
      {
        hint: `Give the column another name.`,
      },
    );
  }
  return {
    series,
    eventTime,
    condition: conditionOf(sink, options),
    payload: sink.columns.flatMap(({ name }, index) => (ROLES.has(name) ? [] : [index])),
    severity: options.choice("severity", SEVERITIES),
    onDelayMs: options.duration("on-delay"),
    offDelayMs: options.duration("off-delay"),
    message: sink.options["message"] ?? null,
    lane: options.choice("lane", LANES, "alarm"),
  };
}

function conditionOf(sink: AlarmSink, options: Options): AlarmDefinition["condition"] {
  const active = columnOf(sink, "active", ["BOOLEAN"]);
  const value = columnOf(sink, "value", ["DOUBLE"]);
  if ((active === undefined) === (value === undefined)) {
    const found = active === undefined ? "neither" : "both";
    throw refuse(sink, `alarm table ${sink.name} has ${found} of the columns active and value`, {
      hint: "Declare `active BOOLEAN`, or `value DOUBLE` with the option 'set'.",
    });
  }
  if (value === undefined) {
    for (const name of ["set", "clear"]) {
      if (sink.options[name] === undefined) continue;
      throw refuse(
        sink,
        `option '${name}' of alarm table ${sink.name} needs a column value DOUBLE`,
        {
          hint: "Leave it out, or declare `value DOUBLE` in place of `active BOOLEAN`.",
        },
      );
    }
    return { kind: "active", column: active! };
  }
  const set = options.number("set");
  if (set === undefined) {
    throw refuse(sink, `alarm table ${sink.name} has a value but no limit`, {
      hint: "Add the option 'set' = '…': the value at which the alarm is raised.",
    });
  }
  return { kind: "limit", column: value, set, clear: options.number("clear") ?? set };
}

class Options {
  readonly #sink: AlarmSink;

  constructor(sink: AlarmSink) {
    this.#sink = sink;
  }

  refuseUnknown(): void {
    for (const name of Object.keys(this.#sink.options)) {
      if (OPTIONS.includes(name)) continue;
      throw refuse(this.#sink, `alarm table ${this.#sink.name} has no option '${name}'`, {
        hint: didYouMean(name, OPTIONS) ?? `Known are ${OPTIONS.join(", ")}.`,
      });
    }
  }

  choice<T extends string>(name: string, known: readonly T[], fallback?: T): T {
    const text = this.#sink.options[name];
    if (text === undefined && fallback !== undefined) return fallback;
    const found = known.find((candidate) => candidate === text);
    if (found !== undefined) return found;
    const problem =
      text === undefined
        ? `alarm table ${this.#sink.name} has no '${name}'`
        : `'${name}' of alarm table ${this.#sink.name} cannot be '${text}'`;
    const suggestion = text === undefined ? undefined : didYouMean(text, known);
    throw refuse(this.#sink, problem, {
      hint: suggestion ?? `Use one of ${known.map((one) => `'${one}'`).join(", ")}.`,
    });
  }

  number(name: string): number | undefined {
    const text = this.#sink.options[name];
    if (text === undefined) return undefined;
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(number)) return number;
    throw refuse(
      this.#sink,
      `'${name}' of alarm table ${this.#sink.name} is no number: '${text}'`,
      {
        hint: "Write it like '80' or '-1.5'.",
      },
    );
  }

  duration(name: string): number {
    const text = this.#sink.options[name];
    if (text === undefined) return 0;
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    throw refuse(
      this.#sink,
      `'${name}' of alarm table ${this.#sink.name} is no duration: '${text}'`,
      {
        hint: "Write it like '10 s', '500 ms' or '1 min'.",
      },
    );
  }
}

/** Index of the column; undefined when there is none; refused when it has another type. */
function columnOf(sink: AlarmSink, name: string, kinds: readonly SqlKind[]): number | undefined {
  const index = sink.columns.findIndex((column) => column.name === name);
  const column = sink.columns[index];
  if (column === undefined) return undefined;
  if (kinds.includes(column.type.kind)) return index;
  const wanted = kinds.includes("VARCHAR") ? "STRING" : kinds.join(" or ");
  throw refuse(
    sink,
    `column ${name} of alarm table ${sink.name} is ${column.type.kind}, not ${wanted}`,
    {
      hint: `Declare it ${wanted} and cast the query's column if needed.`,
    },
  );
}

function missing(sink: AlarmSink, name: string, type: string): GatewayError {
  const names = sink.columns.map((column) => column.name);
  const near = didYouMean(name, names);
  return refuse(sink, `alarm table ${sink.name} has no column ${name} ${type}`, {
    hint: near === undefined ? `Add \`${name} ${type}\`.` : `Rename the column: ${near}`,
  });
}

function refuse(sink: AlarmSink, message: string, { hint }: { hint: string }): GatewayError {
  const { position } = sink;
  return new GatewayError(message, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
