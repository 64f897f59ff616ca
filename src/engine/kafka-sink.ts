// A kafka table as a sink: its options checked, and the encoders of key and value, as Flink's Kafka connector has them.
//
//   format | value.format     one of them; their options begin with `<format>.` or `value.<format>.`
//   key.format, key.fields    both or neither; options begin with `key.<format>.`
//   value.fields-include      ALL (default), or EXCEPT_KEY: the key's fields are in the key only

import { GatewayError } from "../core/errors.ts";
import type { SourcePosition } from "../core/errors.ts";
import { DELIVERIES } from "../core/delivery.ts";
import type { RowSchemas } from "../core/outbox-rows.ts";
import { LANES } from "../core/protocol.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Field, SqlValue } from "../core/types.ts";
import { rowEncoder } from "../encode/formats.ts";
import type { Encoded, RowEncoder } from "../encode/row-encoder.ts";
import type { SinkTable } from "../sql/plan.ts";

const OPTIONS = [
  "connector",
  "topic",
  "format",
  "value.format",
  "key.format",
  "key.fields",
  "value.fields-include",
  "sink.delivery-guarantee",
  "lane",
];

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  "sink.delivery-guarantee": DELIVERIES,
  "value.fields-include": ["ALL", "EXCEPT_KEY"],
  lane: LANES,
};

/** Key or value of a message. */
interface Part {
  readonly encoder: RowEncoder;
  /** Columns of the sink; undefined: all of them, in their order. */
  readonly columns: readonly number[] | undefined;
}

/** Turns rows of a sink table into messages. */
export class KafkaSink {
  readonly topic: string;
  /** undefined: no schema of it is in a registry. */
  readonly schemas: RowSchemas | undefined;
  /** Why the last row cannot be a message. */
  reason = "";
  readonly #key: Part | undefined;
  readonly #value: Part;

  /** Throws blame `config`, with the place of the option or of the table, for what cannot be. */
  constructor(sink: SinkTable) {
    const { options } = sink;
    checkOptions(sink);
    this.topic = options["topic"] ?? "";
    const keys = keyColumns(sink);
    this.#key = keys.length === 0 ? undefined : this.#part(sink, "key", keys);
    const isExcept = options["value.fields-include"] === "EXCEPT_KEY";
    const rest = sink.columns.flatMap((_, i) => (keys.includes(i) ? [] : [i]));
    this.#value = this.#part(sink, "value", isExcept ? rest : undefined);
    const key = this.#key?.encoder.registered;
    const value = this.#value.encoder.registered;
    this.schemas = (key ?? value) === undefined ? undefined : { key, value };
  }

  /** null: the message has no key. undefined: the row cannot be a message. */
  key(values: readonly SqlValue[]): Encoded | undefined {
    return this.#key === undefined ? null : this.#encode(this.#key, values);
  }

  value(values: readonly SqlValue[]): Encoded | undefined {
    return this.#encode(this.#value, values);
  }

  #encode({ encoder, columns }: Part, values: readonly SqlValue[]): Encoded | undefined {
    const own = columns === undefined ? values : columns.map((index) => values[index] ?? null);
    const encoded = encoder.encode(own);
    if (encoded === undefined) this.reason = encoder.reason;
    return encoded;
  }

  #part(sink: SinkTable, part: "key" | "value", columns: readonly number[] | undefined): Part {
    const { options, columns: all } = sink;
    const isPlain = part === "value" && options["format"] !== undefined;
    const start = isPlain ? "" : `${part}.`;
    const format = options[`${start}format`] ?? "";
    const fields = columns?.map((index) => all[index] as Field) ?? all;
    try {
      const input = { table: sink, prefix: `${start}${format}.`, fields, topic: this.topic, part };
      return { encoder: rowEncoder(format, input), columns };
    } catch (error) {
      if (!(error instanceof GatewayError) || error.blame !== "config") throw error;
      const named = error.context["option"];
      const option = named === "format" ? `${start}format` : String(named);
      throw refuse(sink, error.message, error.hint ?? "", option);
    }
  }
}

/** The columns that `key.fields` names, separated by semicolons as in Flink. */
function keyColumns(sink: SinkTable): number[] {
  const names = (sink.options["key.fields"] ?? "").split(";").map((name) => name.trim());
  return names.flatMap((name) => {
    if (name === "") return [];
    const index = sink.columns.findIndex((column) => column.name === name);
    if (index >= 0) return [index];
    const known = sink.columns.map((column) => column.name);
    throw refuse(
      sink,
      `key.fields names ${name}, which is no column of ${sink.name}`,
      didYouMean(name, known) ?? `Its columns are ${known.join(", ")}.`,
      "key.fields",
    );
  });
}

function checkOptions(sink: SinkTable): void {
  const { name, options } = sink;
  if (!options["topic"]) throw refuse(sink, `kafka table ${name} has no 'topic'`, "Add 'topic'.");
  if (options["format"] !== undefined && options["value.format"] !== undefined) {
    throw refuse(sink, "'format' and 'value.format' are the same", "Give one.", "value.format");
  }
  if ((options["format"] ?? options["value.format"]) === undefined) {
    throw refuse(sink, `kafka table ${name} has no 'format'`, "Add 'format' = 'json'.");
  }
  if ((options["key.format"] === undefined) !== (options["key.fields"] === undefined)) {
    const option = options["key.format"] === undefined ? "key.fields" : "key.format";
    throw refuse(sink, "'key.format' and 'key.fields' go together", "Give both.", option);
  }
  for (const [option, allowed] of Object.entries(CHOICES)) {
    const value = options[option];
    if (value === undefined || allowed.includes(value)) continue;
    const hint = `Write ${allowed.map((each) => `'${each}'`).join(" or ")}.`;
    throw refuse(sink, `${option} '${value}' is not known here`, hint, option);
  }
  const prefixes = [options["format"], prefixed("value", options), prefixed("key", options)];
  for (const option of Object.keys(options)) {
    if (OPTIONS.includes(option) || option.startsWith("properties.")) continue;
    if (prefixes.some((prefix) => prefix !== undefined && option.startsWith(`${prefix}.`))) {
      continue;
    }
    throw refuse(
      sink,
      `option '${option}' of kafka table ${name} is not known here`,
      `Known are ${OPTIONS.join(", ")}; brokers and credentials stand in gateway.yaml.`,
      option,
    );
  }
}

function prefixed(part: string, options: SinkTable["options"]): string | undefined {
  const format = options[`${part}.format`];
  return format && `${part}.${format}`;
}

function refuse(sink: SinkTable, message: string, hint: string, option = ""): GatewayError {
  const position: SourcePosition = sink.places?.[option] ?? sink.position;
  return new GatewayError(message, { code: "CONFIG_INVALID", blame: "config", position, hint });
}
