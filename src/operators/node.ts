// Nodes of a running rule that a watermark passes through: operators with state, unions, the sink. Rows reach them
// by generated calls; watermarks by `advance`, after the rows that belong before them.

import type { SqlValue } from "../core/types.ts";
import type { RuleSink, RuleStats, Snapshot } from "./contract.ts";
import { NO_WATERMARK } from "./contract.ts";
import { takeUp } from "../core/saved-state.ts";

/** The receiving end of a watermark. */
export interface Upstream {
  /** The lowest watermark at which something happens: `advance` may be left out below it, but not between rows at it. */
  readonly fireAt: number;
  /** No watermark beyond this gets further: the minimum over the other inputs of unions, else Infinity. */
  readonly limit: number;
  /** The lowest watermark that lets go of something that is held here or further on; Infinity: nothing is. */
  readonly dueAt: number;
  /** Raises the watermark; smaller or equal values change nothing. */
  advance(watermark: number): void;
}

/**
 * The receiving end of watermarks of devices (`watermark.per`), each for its own groups. The table's watermark passes
 * through besides, to what is not grouped by device.
 */
export interface DeviceUpstream extends Upstream {
  /** The number of the device whose rows are being handed over; set before they are. */
  device: number;
  /** `fireAt` of a device's own watermark. */
  deviceFireAt(device: number): number;
  /** `dueAt` of a device's own watermark. */
  deviceDueAt(device: number): number;
  /** Whether anything is held for any device, here or further on. */
  readonly holds: boolean;
  /** The lowest `deviceDueAt` of all devices. Walks all of them. */
  readonly firstDueAt: number;
  /** Raises a device's own watermark; `table` is the table's at this moment. */
  advanceDevice(device: number, watermark: number, table: number): void;
  /** The device is forgotten and its number used again: all of its groups fire. */
  forgetDevice(device: number, table: number): void;
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
  /** The event time of what is being evaluated: of a window its last millisecond. */
  readonly timeMs: number;
}

/** Where an operator's results go. */
export interface ResultOutput {
  /** One result row; the watermark before it. */
  readonly row: (row: readonly SqlValue[], watermark: number) => void;
  /** A result that could not be computed. Rethrows what is no DataError. */
  readonly failed: (thrown: unknown) => void;
}

/** The end of a rule: counts rows and hands them to the sink. */
export class SinkNode implements Upstream {
  readonly limit: number = Number.POSITIVE_INFINITY;
  readonly #sink: RuleSink;
  readonly #stats: RuleStats;
  #watermark: number;

  constructor(sink: RuleSink, stats: RuleStats, watermark: number = NO_WATERMARK) {
    this.#sink = sink;
    this.#stats = stats;
    this.#watermark = watermark;
  }

  get fireAt(): number {
    return this.#sink.wakeAt?.() ?? Number.POSITIVE_INFINITY;
  }

  get dueAt(): number {
    return this.#sink.dueAt?.() ?? Number.POSITIVE_INFINITY;
  }

  /** The output watermark. */
  get watermark(): number {
    return this.#watermark;
  }

  emit(values: readonly SqlValue[], timeMs: number): void {
    this.#stats.rowsOut++;
    this.#sink.row(values, timeMs);
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
    const watermarks = takeUp<UnionSnapshot>(resume, UNION_STATE)?.watermarks;
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

  get dueAt(): number {
    return this.#downstream.dueAt;
  }

  update(): void {
    let minimum = Number.POSITIVE_INFINITY;
    for (const input of this.inputs) minimum = Math.min(minimum, input.watermark);
    if (minimum > NO_WATERMARK) this.#downstream.advance(minimum);
  }

  snapshot(): UnionSnapshot {
    return { ...UNION_STATE, watermarks: this.inputs.map((input) => input.watermark) };
  }

  stateBytes(): number {
    return this.inputs.length * 8;
  }
}

const UNION_STATE = { owner: "union", version: 1 } as const;

type UnionSnapshot = typeof UNION_STATE & {
  readonly watermarks: readonly number[];
};

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

  get dueAt(): number {
    // What waits for the other inputs only is not due here.
    const due = this.#union.dueAt;
    return due > this.watermark ? due : Number.POSITIVE_INFINITY;
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
