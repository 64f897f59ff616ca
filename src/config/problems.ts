// What is wrong with a configuration, gathered so that one run reports all of it.

import { GatewayError, formatError } from "../core/errors.ts";
import type { ErrorCode, SourcePosition } from "../core/errors.ts";
import { CONFIG_PROBLEMS } from "../core/limits.ts";
import type { Path } from "./yaml.ts";

export interface Problem {
  readonly message: string;
  readonly position?: SourcePosition | undefined;
  readonly hint?: string | undefined;
}

/** What is wrong with the value at `path` of a file. */
export interface PlacedProblem {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Problems of one load, in the order they were found. */
export class Problems {
  readonly #code: ErrorCode;
  readonly #list: GatewayError[] = [];

  constructor(code: ErrorCode) {
    this.#code = code;
  }

  get empty(): boolean {
    return this.#list.length === 0;
  }

  add({ message, position, hint }: Problem): void {
    this.#list.push(
      new GatewayError(message, {
        code: this.#code,
        blame: "config",
        ...(position === undefined ? {} : { position }),
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  }

  /** In the order they were found. */
  get all(): readonly GatewayError[] {
    return this.#list;
  }

  /** Takes over the problems of another file. */
  addAll(other: Problems): void {
    this.#list.push(...other.#list);
  }

  /**
   * Throws when there is a problem: a single one as it is, several as one error whose message is all of them, each
   * formatted with its place.
   */
  throwIfAny(): void {
    const [first, ...others] = this.#list;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const shown = this.#list.slice(0, CONFIG_PROBLEMS).map(formatError);
    const more = this.#list.length - shown.length;
    if (more > 0) shown.push(`… and ${more} more`);
    throw new GatewayError(shown.join("\n"), {
      code: first.code,
      blame: "config",
      context: { problems: this.#list.length },
    });
  }
}
