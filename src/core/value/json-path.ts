// JSON paths as Flink understands them, which is as Jayway's JsonPath library does: $, .name, ['name'], [0], [-1],
// [0,2], [1:3], .*, [*], and .. before a name, an index or *. Without `lax ` in front a path is strict.
//
// Refused, each with its reason: filters (Flink's job dies on them), functions such as length(), slices with a step,
// and what Jayway cannot read, since every row would then take ON ERROR.

/** One step of a path. `isDefinite`: leads to one value at most. */
export type JsonStep =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "all" }
  /** Everything below, the value itself included; the next step is looked for in each. */
  | { readonly kind: "scan" };

export interface JsonPath {
  /** In lax paths what is not there is empty, in strict ones it is an error. */
  readonly isLax: boolean;
  readonly steps: readonly JsonStep[];
}

/** Why a path is refused, and where: a character offset into its text. */
export interface JsonPathRefusal {
  readonly reason: string;
  readonly at: number;
}

class Refused {
  readonly reason: string;
  readonly at: number;

  constructor(reason: string, at: number) {
    this.reason = reason;
    this.at = at;
  }
}

/** Reads a path, or says why not. */
export function parseJsonPath(text: string): JsonPath | JsonPathRefusal {
  const mode = /^\s*(strict|lax)\s+(?=.)/is.exec(text);
  const start = mode === null ? 0 : mode[0].length;
  const isLax = mode?.[1]?.toLowerCase() === "lax";
  try {
    return { isLax, steps: new Reader(text, start).read() };
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, at: error.at };
    throw error;
  }
}

class Reader {
  readonly #text: string;
  readonly #end: number;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#end = text.trimEnd().length;
    this.#at = start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0);
  }

  read(): JsonStep[] {
    if (this.#at >= this.#end) throw this.#refuse("the path is empty");
    const steps: JsonStep[] = [];
    // A path may begin with a name or a bracket, too.
    if (this.#peek() === "$" || this.#peek() === "@") this.#at++;
    else if (this.#peek() === ".") throw this.#refuse("a path begins with $");
    else if (this.#peek() !== "[") steps.push(this.#name());
    while (this.#at < this.#end) this.#step(steps);
    return steps;
  }

  #step(steps: JsonStep[]): void {
    if (this.#peek() === "[") {
      steps.push(this.#bracket(steps.at(-1)?.kind === "scan"));
      return;
    }
    if (this.#peek() !== ".") throw this.#refuse(`unexpected ${this.#peek()}`);
    this.#at++;
    if (this.#at >= this.#end) throw this.#refuse("a path does not end with a point");
    if (this.#peek() === ".") {
      this.#at++;
      if (this.#at >= this.#end) throw this.#refuse("nothing follows ..");
      steps.push({ kind: "scan" });
    }
    const isScan = steps.at(-1)?.kind === "scan";
    if (this.#peek() === "[") return;
    if (this.#peek() === ".") throw this.#refuse("three points");
    if (this.#peek() !== "*") {
      steps.push(this.#name());
      return;
    }
    this.#at++;
    if (isScan && this.#at < this.#end) throw this.#refuse("nothing can follow ..*");
    steps.push({ kind: "all" });
  }

  /** A name without quotes: everything up to a point, a bracket or a blank. */
  #name(): JsonStep {
    const start = this.#at;
    while (this.#at < this.#end && !".[( \t\r\n".includes(this.#peek())) this.#at++;
    if (this.#peek() === "(") throw this.#refuse("functions in a JSON path are not supported");
    if (this.#at === start) throw this.#refuse("a name is missing");
    const name = this.#text.slice(start, this.#at);
    if (name.endsWith("*") || name.includes("]")) throw this.#refuse("write the name in brackets");
    return { kind: "names", names: [name] };
  }

  #bracket(isScan: boolean): JsonStep {
    const start = this.#at++;
    this.#skipBlanks();
    const first = this.#peek();
    if (first === "'" || first === '"') return this.#quotedNames(first);
    const close = this.#text.indexOf("]", this.#at);
    if (close < 0 || close >= this.#end) throw this.#refuse("] is missing", start);
    const inner = this.#text.slice(this.#at, close).trim();
    this.#at = close + 1;
    if (inner === "*") {
      if (isScan && this.#at < this.#end) throw this.#refuse("nothing can follow ..[*]");
      return { kind: "all" };
    }
    const step = this.#positions(inner, start);
    const isIndex = step.kind === "indexes" && step.indexes.length === 1;
    if (isScan && !isIndex) throw this.#refuse("only one index can follow ..", start);
    return step;
  }

  #positions(inner: string, start: number): JsonStep {
    if (inner.startsWith("?")) {
      throw this.#refuse("filters in a JSON path are not supported: Flink fails on them", start);
    }
    if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner)) {
      return { kind: "indexes", indexes: inner.split(",").map((each) => this.#index(each, start)) };
    }
    const slice = /^(-?\d+)?\s*:\s*(-?\d+)?$/.exec(inner);
    const [, from, to] = slice ?? [];
    if (slice === null || (from === undefined && to === undefined)) {
      const hint = /^[-\d\s:]+$/.test(inner) ? "a slice is [from:to]" : "quote the name";
      throw this.#refuse(`[${inner}] is no index: ${hint}`, start);
    }
    return {
      kind: "slice",
      from: from === undefined ? undefined : this.#index(from, start),
      to: to === undefined ? undefined : this.#index(to, start),
    };
  }

  #index(text: string, start: number): number {
    const value = Number(text);
    if (value >= -0x8000_0000 && value < 0x8000_0000) return value;
    throw this.#refuse(`the index ${text.trim()} is out of range`, start);
  }

  #quotedNames(quote: string): JsonStep {
    const names: string[] = [];
    for (;;) {
      names.push(this.#quoted(quote));
      this.#skipBlanks();
      const next = this.#peek();
      if (next !== "]" && next !== ",") throw this.#refuse("] is missing");
      this.#at++;
      if (next === "]") return { kind: "names", names };
      this.#skipBlanks();
      if (this.#peek() !== quote) throw this.#refuse("a quoted name is missing");
    }
  }

  #quoted(quote: string): string {
    this.#at++;
    let name = "";
    while (this.#at < this.#end && this.#peek() !== quote) {
      if (this.#peek() === "\\") this.#at++;
      name += this.#peek();
      this.#at++;
    }
    if (this.#at >= this.#end) throw this.#refuse("a quoted name does not end");
    this.#at++;
    return name;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#peek()) && this.#at < this.#end) this.#at++;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #refuse(reason: string, at = this.#at): Refused {
    return new Refused(reason, at);
  }
}

/** Whether a path leads to one value at most; the others give an array of what they find. */
export function isDefinite(steps: readonly JsonStep[]): boolean {
  return steps.every((_, index) => isDefiniteStep(steps, index));
}

/** Several names make one object where they stand last, and several values elsewhere. */
export function isDefiniteStep(steps: readonly JsonStep[], index: number): boolean {
  const step = steps[index];
  if (step?.kind === "names") return step.names.length === 1 || index === steps.length - 1;
  return step?.kind === "indexes" && step.indexes.length === 1;
}
