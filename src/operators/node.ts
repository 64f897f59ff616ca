// Nodes of a running rule that a watermark passes through: operators with state, unions, the sink. Rows reach them
// by generated calls; watermarks by `advance`, after the rows that belong before them.

import type { SqlValue } from "../core/types.ts";
import type { RuleSink, RuleStats, Snapshot } from "./contract.ts";
import { NO_WATERMARK } from "./contract.ts";

/** The receiving end of a watermark. */
export interface Upstream {
  /** The lowest watermark at which something happens: `advance` may be left out below it, but not between rows at it. */
  readonly fireAt: number;
  /** No watermark beyond this gets further: the minimum over the other inputs of unions, else Infinity. */
  readonly limit: number;
  /** Raises the watermark; smaller or equal values change nothing. */
  advance(watermark: number): void;
}

/** An operator with state, listed by its rule in a fixed order. */
export interface StatefulNode {
  snapshot(): Snapshot;
  /** Estimated bytes of state, for metrics. */
  stateBytes(): number;
}

/** An operator whose results are evaluated by the pipeline above it. */
export interface ResultNode extends StatefulNode {
  /** The window whose results are being evaluated, for error reports. */
  readonly firing: { readonly startMs: number; readonly endMs: number } | undefined;
}

/** The end of a rule: counts rows and hands them to the sink. */
export class SinkNode implements Upstream {
  readonly limit: number = Number.POSITIVE_INFINITY;
  readonly #sink: RuleSink;
  readonly #stats: RuleStats;
  #watermark = NO_WATERMARK;

  constructor(sink: RuleSink, stats: RuleStats) {
    this.#sink = sink;
    this.#stats = stats;
  }

  get fireAt(): number {
    return this.#sink.wakeAt?.() ?? Number.POSITIVE_INFINITY;
  }

  /** The output watermark. */
  get watermark(): number {
    return this.#watermark;
  }

  emit(values: readonly SqlValue[]): void {
    this.#stats.rowsOut++;
    this.#sink.row(values);
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    this.#sink.watermark(watermark);
  }
}

/** Joins the watermarks of several inputs to their minimum. Rows pass it by. */
export class UnionNode implements StatefulNode {
  readonly inputs: readonly UnionInput[];
  readonly #downstream: Upstream;

  constructor(inputs: number, downstream: Upstream, resume: Snapshot) {
    this.#downstream = downstream;
    const watermarks = (resume as UnionSnapshot | undefined)?.watermarks;
    this.inputs = Array.from(
      { length: inputs },
      (_, index) => new UnionInput(this, watermarks?.[index] ?? NO_WATERMARK),
    );
  }

  /** The minimum over all inputs but one. */
  minimumBeside(input: UnionInput): number {
    let minimum = Number.POSITIVE_INFINITY;
    for (const other of this.inputs) {
      if (other !== input && other.watermark < minimum) minimum = other.watermark;
    }
    return minimum;
  }

  get limit(): number {
    return this.#downstream.limit;
  }

  get fireAt(): number {
    return this.#downstream.fireAt;
  }

  update(): void {
    let minimum = Number.POSITIVE_INFINITY;
    for (const input of this.inputs) minimum = Math.min(minimum, input.watermark);
    if (minimum > NO_WATERMARK) this.#downstream.advance(minimum);
  }

  snapshot(): UnionSnapshot {
    return { version: 1, watermarks: this.inputs.map((input) => input.watermark) };
  }

  stateBytes(): number {
    return this.inputs.length * 8;
  }
}

interface UnionSnapshot {
  readonly version: 1;
  readonly watermarks: readonly number[];
}

/** One input of a union. */
export class UnionInput implements Upstream {
  readonly #union: UnionNode;
  watermark: number;

  constructor(union: UnionNode, watermark: number) {
    this.#union = union;
    this.watermark = watermark;
  }

  get fireAt(): number {
    // While another input holds the minimum back, this one cannot fire anything.
    return this.limit < this.#union.fireAt ? Number.POSITIVE_INFINITY : this.#union.fireAt;
  }

  /** The lowest watermark of the other inputs. */
  get others(): number {
    return this.#union.minimumBeside(this);
  }

  get limit(): number {
    return Math.min(this.others, this.#union.limit);
  }

  advance(watermark: number): void {
    if (watermark <= this.watermark) return;
    this.watermark = watermark;
    this.#union.update();
  }
}
