// YAML files with positions: every value and key can say where it stands, so that a refusal points at it.
// Syntax errors, duplicate keys and alias bombs are refused here (YAML 1.2 core schema).

import { LineCounter, isMap, isNode, isPair, isScalar, parseDocument } from "yaml";
import type { Document } from "yaml";

import type { SourcePosition } from "../core/errors.ts";
import { CONFIG_FILE_BYTES } from "../core/limits.ts";
import { Problems } from "./problems.ts";

export type Path = readonly (string | number)[];

/** One parsed file. */
export class YamlFile {
  readonly file: string;
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: readonly string[];
  readonly #counter: LineCounter;

  /** Adds syntax errors to `problems`; the value is then not to be used. */
  constructor(text: string, file: string, problems: Problems) {
    this.file = file;
    this.#counter = new LineCounter();
    this.#lines = text.split(/\r\n|\r|\n/);
    this.#document = parseDocument(text.slice(0, CONFIG_FILE_BYTES), {
      lineCounter: this.#counter,
      prettyErrors: false,
    });
    if (text.length > CONFIG_FILE_BYTES) {
      problems.add({ message: `more than ${CONFIG_FILE_BYTES} characters`, position: this.at(0) });
    }
    for (const { message, pos } of this.#document.errors) {
      problems.add({ message: firstSentence(message), position: this.at(pos[0]) });
    }
    let value: unknown;
    try {
      value = this.#document.errors.length === 0 ? this.#document.toJS() : undefined;
    } catch (error) {
      problems.add({ message: (error as Error).message, position: this.at(0) });
    }
    this.value = value;
  }

  /** Where the value at `path` stands; the nearest parent that is there when it is missing. */
  valueAt(path: Path): SourcePosition {
    for (let length = path.length; length > 0; length--) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) {
        // A missing key is shown at the key of the section that lacks it.
        if (length < path.length) return this.keyAt(path.slice(0, length));
        return this.at(node.range[0], isScalar(node) ? node.range[1] - node.range[0] : 1);
      }
    }
    return this.at(0);
  }

  /** Where the key that ends `path` stands; the value's place for array elements. */
  keyAt(path: Path): SourcePosition {
    const parent =
      path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const name = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === name)
      : undefined;
    const key = pair?.key;
    if (!isScalar(key) || !key.range) return path.length === 0 ? this.at(0) : this.valueAt(path);
    return this.at(key.range[0], key.range[1] - key.range[0]);
  }

  /** Whether the file has a value at `path`. */
  has(path: Path): boolean {
    return path.length === 0 || this.#document.hasIn(path);
  }

  at(offset: number, length: number = 1): SourcePosition {
    const { line, col } = this.#counter.linePos(offset);
    const position = { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
    const excerpt = this.#lines[position.line - 1] ?? "";
    const inLine = Math.max(1, Math.min(length, excerpt.length - position.column + 1));
    return { ...position, length: inLine, excerpt };
  }
}

/** The library's messages go on with where and what; we say that ourselves. */
function firstSentence(message: string): string {
  const text = message.split("\n")[0] ?? message;
  return text.replace(/ at line \d+.*$/, "");
}
