// Random windowing table functions over a named relation.

import type { Random } from "./random.ts";
import { optional, sequence, type Tree } from "./tree.ts";

export const WINDOW_KINDS = ["TUMBLE", "HOP", "CUMULATE", "SESSION"] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

export interface WindowChoice {
  readonly kind: WindowKind;
  readonly relation: string;
  readonly rowtime: string;
  /** PARTITION BY of a SESSION. */
  readonly keys: readonly string[];
}

const SIZES_MS = [1000, 1500, 2000, 3000, 5000, 10_000, 60_000];
const GAPS_MS = [500, 1000, 2000, 4000];
const OFFSETS_MS = [0, 250, 1000, -500, -2000, 3_600_000];

/** The call, as it stands in FROM. */
export function generateWindow(random: Random, choice: WindowChoice): Tree {
  const { kind, relation, rowtime, keys } = choice;
  // Only sessions are partitioned; Flink refuses it elsewhere.
  const partitioned = keys.length > 0 && (kind === "SESSION" || random.chance(0.02));
  const partition = partitioned ? ` PARTITION BY (${keys.join(", ")})` : "";
  const data: [name: string, value: string][] = [
    ["DATA", `TABLE ${relation}${partition}`],
    ["TIMECOL", `DESCRIPTOR(${rowtime})`],
  ];
  const { sizes, sizeMs } = sizesOf(random, kind);
  const offset = offsetOf(random, kind, sizeMs);
  const named = random.chance(0.2);
  const write = ([name, value]: readonly [string, string]): string =>
    named ? `${name} => ${value}` : value;
  const all = [...data, ...sizes].map(write).join(", ");
  const last = offset === undefined ? "" : `, ${write(["`OFFSET`", offset])}`;
  const call = sequence(`${kind}(${all}`, optional(last), ")");
  return random.chance(0.5) ? sequence("TABLE(", call, ")") : call;
}

/** Rowtime and lengths of a window that GROUP BY makes itself. */
export function generateLengths(random: Random, kind: WindowKind, rowtime: string): string {
  const { sizes } = sizesOf(random, kind);
  return [rowtime, ...sizes.map(([, value]) => value)].join(", ");
}

function sizesOf(
  random: Random,
  kind: WindowKind,
): { sizes: [name: string, value: string][]; sizeMs: number } {
  const sizeMs = random.pick(kind === "SESSION" ? GAPS_MS : SIZES_MS);
  if (kind === "SESSION") return { sizes: [["GAP", interval(sizeMs)]], sizeMs };
  if (kind === "TUMBLE") return { sizes: [["SIZE", interval(sizeMs)]], sizeMs };
  const step = interval(sizeMs / random.pick([1, 2, 2, 4, 5]));
  return {
    sizes: [
      [kind === "HOP" ? "SLIDE" : "STEP", step],
      ["SIZE", interval(sizeMs)],
    ],
    sizeMs,
  };
}

function offsetOf(random: Random, kind: WindowKind, sizeMs: number): string | undefined {
  if (kind === "SESSION" || random.chance(0.65)) return undefined;
  const fitting = OFFSETS_MS.filter((offset) => Math.abs(offset) < sizeMs || random.chance(0.03));
  return interval(random.pick(fitting));
}

/** An interval of whole milliseconds. */
function interval(ms: number): string {
  if (ms % 3_600_000 === 0 && ms !== 0) return `INTERVAL '${ms / 3_600_000}' HOUR`;
  if (ms % 60_000 === 0 && ms !== 0) return `INTERVAL '${ms / 60_000}' MINUTE`;
  return `INTERVAL '${ms % 1000 === 0 ? ms / 1000 : (ms / 1000).toFixed(3)}' SECOND`;
}
