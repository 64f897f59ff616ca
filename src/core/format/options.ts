// The options of one format of a table, under the prefix that Flink puts before them ('csv.', 'value.json.', …): read
// by name, checked, and what nobody has asked for is refused. Both ends use it, decode/ and encode/.

import { GatewayError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";

export interface FormattedTable {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

const BOOLEANS = ["true", "false"] as const;

/** Reads the options that begin with `prefix`; its dot belongs to it. Every method throws blame `config`. */
export class FormatOptions {
  readonly #table: FormattedTable;
  readonly #prefix: string;
  readonly #known: string[] = [];

  constructor(table: FormattedTable, prefix: string) {
    this.#table = table;
    this.#prefix = prefix;
  }

  /** The option as written. */
  text(name: string): string | undefined {
    this.#known.push(this.#prefix + name);
    return this.#table.options[this.#prefix + name];
  }

  /** `true` or `false`, `false` when absent. */
  flag(name: string): boolean {
    return this.choice(name, BOOLEANS) === "true";
  }

  /** One of `values`, whose case does not matter. */
  choice<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = values.find((allowed) => allowed.toLowerCase() === text.toLowerCase());
    if (value !== undefined) return value;
    throw this.refuse(name, `must be one of ${values.join(", ")}`, didYouMean(text, values));
  }

  /** A single character. */
  character(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || text.length === 1) return text;
    throw this.refuse(name, "must be a single character", undefined);
  }

  /** Text that must be there. */
  required(name: string, hint: string): string {
    const text = this.text(name);
    if (text !== undefined && text !== "") return text;
    throw this.#error(undefined, `'${this.#prefix}${name}' is missing`, hint);
  }

  /** The options that begin with `start`, without the prefix. */
  names(start: string): string[] {
    return Object.keys(this.#table.options)
      .filter((option) => option.startsWith(this.#prefix + start))
      .map((option) => option.slice(this.#prefix.length));
  }

  /** Options of Flink's that change nothing here. */
  ignore(names: readonly string[]): void {
    for (const name of names) this.#known.push(this.#prefix + name);
  }

  /** Refuses options with the prefix that were not asked for. Call it last. */
  finish(): void {
    for (const option of Object.keys(this.#table.options)) {
      if (!option.startsWith(this.#prefix) || this.#known.includes(option)) continue;
      const hint = didYouMean(option, this.#known) ?? `Known are ${this.#known.join(", ")}.`;
      throw this.#error(option, `unknown option '${option}'`, hint);
    }
  }

  /** The error for a bad value of option `name`. */
  refuse(name: string, message: string, hint: string | undefined): GatewayError {
    return this.#error(this.#prefix + name, `'${this.#prefix}${name}' ${message}`, hint);
  }

  /** The error for columns that the format cannot hold. */
  refuseFormat(message: string, hint: string): GatewayError {
    return this.#error("format", message, hint);
  }

  #error(option: string | undefined, message: string, hint: string | undefined): GatewayError {
    return new GatewayError(`table ${this.#table.name}: ${message}`, {
      code: "SQL_INVALID",
      blame: "config",
      ...(hint === undefined ? {} : { hint }),
      ...(option === undefined ? {} : { context: { option } }),
    });
  }
}
