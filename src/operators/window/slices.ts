// Windows made of slices (panes), as in Flink's SliceAssigner: a row goes into exactly one slice; a window is a run of
// slices. TUMBLE: the slice is the window. HOP: slices of one slide. CUMULATE: slices of one step.
// Half-open, named by their end: the slice with end e holds [e - sliceMs, e).

import { GatewayError } from "../../core/errors.ts";
import type { WindowProperty, WindowSpec } from "../../sql/plan.ts";

export interface Slices {
  readonly sliceMs: number;
  readonly offsetMs: number;
  /** Every window is one slice: no merging. */
  readonly isSingle: boolean;
  /**
   * A window's first slice takes in each later one as it fires, and rows that come late for theirs. Otherwise a
   * window merges its slices anew, newest to oldest. Decides the order in LISTAGG and the last bits of a DOUBLE sum.
   */
  readonly accumulates: boolean;
  /** Start of the window that ends at `windowEnd`. */
  windowStart(windowEnd: number): number;
  /** End of the last window that the slice belongs to: after it has fired, the slice is gone and its rows late. */
  lastWindowEnd(sliceEnd: number): number;
}

/** The end of the slice that `timeMs` falls into. */
export function sliceEnd(slices: Pick<Slices, "sliceMs" | "offsetMs">, timeMs: number): number {
  const { sliceMs, offsetMs } = slices;
  return Math.floor((timeMs - offsetMs) / sliceMs) * sliceMs + offsetMs + sliceMs;
}

/** The slices of a window function; SESSION has none. */
export function slicesOf(window: WindowSpec): Slices {
  switch (window.kind) {
    case "tumble":
      return singleSlices(window.sizeMs, window.offsetMs);
    case "hop": {
      const { sizeMs, slideMs, offsetMs } = window;
      return {
        sliceMs: slideMs,
        offsetMs,
        isSingle: sizeMs === slideMs,
        accumulates: false,
        windowStart: (windowEnd) => windowEnd - sizeMs,
        lastWindowEnd: (end) => end + sizeMs - slideMs,
      };
    }
    case "cumulate": {
      const { sizeMs, stepMs, offsetMs } = window;
      const size = { sliceMs: sizeMs, offsetMs };
      return {
        sliceMs: stepMs,
        offsetMs,
        isSingle: sizeMs === stepMs,
        accumulates: true,
        windowStart: (windowEnd) => sliceEnd(size, windowEnd - 1) - sizeMs,
        lastWindowEnd: (end) => sliceEnd(size, end - 1),
      };
    }
    case "session":
      throw new GatewayError("SESSION windows have no slices", { code: "ASSERTION", blame: "bug" });
  }
}

/** Windows that do not overlap. */
function singleSlices(sizeMs: number, offsetMs: number): Slices {
  return {
    sliceMs: sizeMs,
    offsetMs,
    isSingle: true,
    accumulates: false,
    windowStart: (windowEnd) => windowEnd - sizeMs,
    lastWindowEnd: (end) => end,
  };
}

/** The ends of all windows that a row belongs to, latest first: what a window function without aggregation emits. */
export function windowEndsOf(slices: Slices, timeMs: number): number[] {
  const first = sliceEnd(slices, timeMs);
  const ends: number[] = [];
  for (let end = slices.lastWindowEnd(first); end >= first; end -= slices.sliceMs) ends.push(end);
  return ends;
}

/** The value of a window column for the window [startMs, endMs). */
export function boundOf(property: WindowProperty, startMs: number, endMs: number): number {
  return property === "window_start" ? startMs : property === "window_end" ? endMs : endMs - 1;
}
