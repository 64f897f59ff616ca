// Generated JavaScript under construction. All identifiers are made here, and every constant and helper function
// goes through the constants table (`k0`, `k1` …): no character of user text ever enters the source.

/** A value in generated code: a pair of expressions without side effects. `isNull` may be "true" or "false". */
export interface Term {
  readonly isNull: string;
  /** Only meaningful where `isNull` is false. */
  readonly value: string;
}

/** The NULL of every type. */
export const NULL_TERM: Term = { isNull: "true", value: "null" };

/** One function body being written. */
export class CodeWriter {
  readonly #lines: string[] = [];
  readonly #constants: unknown[] = [];
  readonly #names: Map<unknown, string> = new Map();
  #counter = 0;

  /** Appends a line. */
  emit(line: string): void {
    this.#lines.push(line);
  }

  /** A new identifier. */
  fresh(prefix: string): string {
    return `${prefix}${this.#counter++}`;
  }

  /** The identifier of a constant or helper; the same value gives the same identifier. */
  use(value: unknown): string {
    // Map would take -0 for 0.
    const shared = !Object.is(value, -0);
    const known = shared ? this.#names.get(value) : undefined;
    if (known !== undefined) return known;
    const name = `k${this.#constants.length}`;
    this.#constants.push(value);
    if (shared) this.#names.set(value, name);
    return name;
  }

  /** Writes `const x = value;` and gives x. */
  define(prefix: string, value: string): string {
    const name = this.fresh(prefix);
    this.emit(`const ${name} = ${value};`);
    return name;
  }

  /** The function `(parameters) => { lines }` with the constants bound. */
  compile(parameters: string): unknown {
    const heads = this.#constants.map((_, index) => `const k${index} = k[${index}];`).join(" ");
    const source = `"use strict"; ${heads}\nreturn function (${parameters}) {\n${this.#lines.join("\n")}\n};`;
    // oxlint-disable-next-line typescript/no-implied-eval -- see the top of the file
    return new Function("k", source)(this.#constants) as unknown;
  }
}

/** The value with NULL as null, for passing to functions. */
export function nullable(term: Term): string {
  if (term.isNull === "false") return term.value;
  return term.isNull === "true" ? "null" : `(${term.isNull} ? null : ${term.value})`;
}

/** TRUE, neither FALSE nor NULL. */
export function isTrue(term: Term): string {
  if (term.isNull === "false") return term.value;
  return term.isNull === "true" ? "false" : `(!${term.isNull} && ${term.value})`;
}
