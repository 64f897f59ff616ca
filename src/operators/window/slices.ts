// Windows made of slices (panes), as in Flink's SliceAssigner: a row goes into exactly one slice; a window is a run of
// slices. TUMBLE: the slice is the window. HOP: slices of one slide. CUMULATE: slices of one step.
// Half-open, named by their end: the slice with end e holds [e - sliceMs, e).

import { GatewayError } from "../../core/errors.ts";
import { requiredZone, UTC } from "../../core/value/zone.ts";
import type { ZoneRules } from "../../core/value/zone.ts";
import type { WindowProperty, WindowSpec } from "../../sql/plan.ts";

export interface Slices {
  /** Whose clock the ends are read from; watermarks and event times are UTC. */
  readonly zone: ZoneRules;
  /** What places a row: its event time on that clock, or the end of the window that it carries. */
  placeOf(timeMs: number): number;
  readonly sliceMs: number;
  readonly offsetMs: number;
  /** Every window is one slice: no merging. */
  readonly isSingle: boolean;
  /**
   * A window's first slice takes in each later one as it fires, and rows that come late for theirs. Otherwise a
   * window merges its slices anew, newest to oldest or the other way round. Decides the order in LISTAGG and the last bits of a DOUBLE sum.
   */
  readonly accumulates: boolean;
  /** Merging goes from the oldest slice to the newest. */
  readonly oldestFirst: boolean;
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

/** The zone that a window goes by. */
export function windowZone({ zone }: WindowSpec): ZoneRules {
  return zone === undefined ? UTC : requiredZone(zone);
}

type Shape = Omit<Slices, "zone" | "placeOf">;

/** The slices of a window function; SESSION has none. */
export function slicesOf(window: WindowSpec): Slices {
  const zone = windowZone(window);
  return { ...shapeOf(window), zone, placeOf: (timeMs) => zone.local(timeMs) };
}

function shapeOf(window: WindowSpec): Shape {
  switch (window.kind) {
    case "tumble":
      return singleSlices(window.sizeMs, window.offsetMs);
    case "hop": {
      const { sizeMs, slideMs, offsetMs, oldestFirst = false } = window;
      return {
        sliceMs: slideMs,
        offsetMs,
        // Merging a single slice shows, too: it puts distinct values into another order.
        isSingle: false,
        accumulates: false,
        oldestFirst,
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
        oldestFirst: false,
        windowStart: (windowEnd) => sliceEnd(size, windowEnd - 1) - sizeMs,
        lastWindowEnd: (end) => sliceEnd(size, end - 1),
      };
    }
    case "session":
      throw new GatewayError("SESSION windows have no slices", { code: "ASSERTION", blame: "bug" });
  }
}

/**
 * Rows that carry the window they belong to, as the millisecond before its end: every end has a slice of its own.
 * `window` is where the windows come from.
 */
export function attachedSlices(window: WindowSpec): Slices {
  // A session's start does not follow from its end: it is a key of the grouping.
  const startOf = window.kind === "session" ? undefined : slicesOf(window);
  return {
    ...singleSlices(1, 0),
    zone: windowZone(window),
    placeOf: (timeMs) => timeMs,
    windowStart: (windowEnd) => startOf?.windowStart(windowEnd) ?? windowEnd,
  };
}

/** Windows that do not overlap. */
function singleSlices(sizeMs: number, offsetMs: number): Shape {
  return {
    sliceMs: sizeMs,
    offsetMs,
    isSingle: true,
    accumulates: false,
    oldestFirst: false,
    windowStart: (windowEnd) => windowEnd - sizeMs,
    lastWindowEnd: (end) => end,
  };
}

/** The ends of all windows that a row belongs to, latest first: what a window function without aggregation emits. */
export function windowEndsOf(slices: Slices, timeMs: number): number[] {
  const first = sliceEnd(slices, slices.placeOf(timeMs));
  const ends: number[] = [];
  for (let end = slices.lastWindowEnd(first); end >= first; end -= slices.sliceMs) ends.push(end);
  return ends;
}

/** The value of a window column for the window [startMs, endMs) of the zone's clock. */
export function boundOf(
  property: WindowProperty,
  { startMs, endMs }: WindowBounds,
  zone: ZoneRules,
): number {
  if (property === "window_start") return startMs;
  return property === "window_end" ? endMs : windowTime(endMs, zone);
}

/** A window's last millisecond as an instant; where it comes twice, the first. */
export function windowTime(endMs: number, zone: ZoneRules): number {
  return zone.utc(endMs - 1, "earlier");
}

export interface WindowBounds {
  readonly startMs: number;
  readonly endMs: number;
}

/** A window by instants: its end is when it is over. */
export function instantsOf({ startMs, endMs }: WindowBounds, zone: ZoneRules): WindowBounds {
  return { startMs: zone.utc(startMs, "earlier"), endMs: overAt(endMs, zone) };
}

/** The instant at which a window is over, in a gap at its end. */
export function overAt(endMs: number, zone: ZoneRules): number {
  return zone.passed(endMs - 1) + 1;
}
