// A history as a list of events, drawn from a seed: what devices, operators, chance and hardware do to a gateway. Each
// event lets some time pass after it. Events mean something without those before them, so a failing history can be made
// shorter by leaving some out.

import { Draw } from "../faults/draw.ts";
import { COMMIT_POINTS, type CommitPoint } from "./disk.ts";
import type { Breakable } from "./rules.ts";
import type { KafkaFault } from "./kafka/faults.ts";
import { FATES, KAFKA_APIS } from "./kafka/network.ts";

export interface Reading {
  /** Event time after that of the reading before it, of whatever device; and how much older this one is. */
  readonly stepMs: number;
  readonly backMs: number;
  readonly v: number;
}

export type Happening =
  | { readonly do: "publish"; readonly device: string; readonly readings: readonly Reading[] }
  | { readonly do: "again"; readonly device: string; readonly count: number }
  | { readonly do: "cut" | "take-over"; readonly device: string }
  | { readonly do: "sessions"; readonly device: string; readonly clean: boolean }
  | {
      readonly do: "kill" | "power-cut";
      readonly at: CommitPoint | "now";
      readonly downMs: number;
    }
  | { readonly do: "stop"; readonly downMs: number }
  | { readonly do: "configure"; readonly variant: number }
  | { readonly do: "checkpoint" | "wait" }
  /** A message that kills every process that runs it. */
  | { readonly do: "poison"; readonly device: string }
  /** A rule fails at every row, until a start after it has been repaired; the repair may kill the process (bug.ts). */
  | { readonly do: "break"; readonly rule: Breakable; readonly how: "throws" | "kills" }
  | { readonly do: "repair" }
  | { readonly do: "image" }
  | { readonly do: "restore"; readonly downMs: number }
  | { readonly do: "refuse-writes"; readonly commits: number }
  | { readonly do: "clock"; readonly byMs: number }
  | KafkaFault;

export type Event = Happening & { readonly thenMs: number };

/** Devices with an identity, and without one. */
export const IDENTIFIED = ["a", "b", "c"] as const;
export const PLAIN = ["p", "q"] as const;
const ALL = [...IDENTIFIED, ...PLAIN];
const VARIANTS = 3;

const STEPS_MS = [0, 0, 300, 700, 2000, 4500, 11_000];
const BACKS_MS = [0, 0, 0, 0, 0, 1500, 4000, 7000, 60_000];
/** The value of a message that kills. */
export const POISON = 666;
const VALUES = [10, 60, 75, 85, 85, 90];
const PAUSES_MS = [0, 0, 1, 3, 7, 20, 60, 210, 400, 1500, 6000];

/** What happens, and how often compared with the others. */
const KINDS: readonly (readonly [weight: number, draw: (draw: Draw) => Happening])[] = [
  [30, (draw) => ({ do: "publish", device: draw.pick(ALL), readings: drawReadings(draw) })],
  [1, (draw) => ({ do: "poison", device: draw.pick(ALL) })],
  [4, (draw) => ({ do: "again", device: draw.pick(IDENTIFIED), count: draw.between(1, 20) })],
  [5, (draw) => ({ do: "cut", device: draw.pick(ALL) })],
  [2, (draw) => ({ do: "take-over", device: draw.pick(ALL) })],
  [1, (draw) => ({ do: "sessions", device: draw.pick(ALL), clean: draw.below(2) === 0 })],
  [5, (draw) => ({ do: "kill", at: drawPoint(draw), downMs: draw.pick([1, 50, 3000]) })],
  [2, (draw) => ({ do: "power-cut", at: drawPoint(draw), downMs: draw.pick([1, 50, 3000]) })],
  [2, (draw) => ({ do: "stop", downMs: draw.pick([1, 500]) })],
  [1, (draw) => ({ do: "configure", variant: draw.below(VARIANTS) })],
  [3, () => ({ do: "checkpoint" })],
  [4, () => ({ do: "wait" })],
  [1, (draw) => ({ do: "refuse-writes", commits: draw.between(1, 3) })],
  [1, (draw) => ({ do: "clock", byMs: draw.pick([-3_600_000, -1000, 1000, 86_400_000]) })],
  [8, (draw) => ({ do: "kafka", api: draw.pick(KAFKA_APIS), fate: draw.pick(FATES) })],
  [3, (draw) => ({ do: "kafka-down", forMs: draw.pick([10, 400, 5000, 20_000]) })],
  [1, () => ({ do: "kafka-skips-markers" })],
  [1, (draw) => ({ do: "kafka-slow-markers", byMs: draw.pick([30, 400, 3000]) })],
];

const RESTORES: typeof KINDS = [
  [3, () => ({ do: "image" })],
  [3, (draw) => ({ do: "restore", downMs: draw.pick([1, 500]) })],
];

/** Not in such: what an old card has in force may be a rule from before a repair, which then begins anew. */
const BREAKS: typeof KINDS = [
  [
    1,
    (draw) => {
      const rule = draw.pick(["seen", "tumble"] as const);
      return { do: "break", rule, how: draw.pick(["throws", "kills"]) };
    },
  ],
  [2, () => ({ do: "repair" })],
];

const LENGTHS = { from: 15, to: 60 };

/** The history of a seed. */
export function drawScript(seed: number): readonly Event[] {
  const draw = new Draw(SCRIPT_STREAM, seed);
  // One history in five has old images of the card coming back: what may be lost then is another question.
  const kinds = [...KINDS, ...(draw.below(5) === 0 ? RESTORES : BREAKS)];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  return Array.from({ length: draw.between(LENGTHS.from, LENGTHS.to) }, () => {
    let at = draw.below(total);
    const kind = kinds.find(([weight]) => (at -= weight) < 0)!;
    return { ...kind[1](draw), thenMs: draw.pick(PAUSES_MS) };
  });
}

/** Numbers of the streams that one seed is drawn from: `Draw` calls them faults. */
const SCRIPT_STREAM = 1001;
export const WORLD_STREAM = 1002;
export const RANDOM_STREAM = 1003;

/** The events as lines, numbered as `--events` takes them. */
export function scriptText(events: readonly Event[], numbers: readonly number[]): string {
  return events
    .map(({ thenMs, ...happening }, index) => {
      return `${String(numbers[index]).padStart(4)}  ${happeningText(happening)}, then ${thenMs} ms`;
    })
    .join("\n");
}

function happeningText({ do: name, ...details }: Happening): string {
  const parts = Object.entries(details).map(([key, value]) =>
    Array.isArray(value)
      ? (value as Reading[]).map(({ stepMs, backMs, v }) => `+${stepMs}-${backMs}:${v}`).join(" ")
      : `${key} ${String(value)}`,
  );
  return [name, ...parts].join(" ");
}

function drawReadings(draw: Draw): Reading[] {
  return Array.from({ length: draw.between(1, draw.below(5) === 0 ? 40 : 6) }, () => ({
    stepMs: draw.pick(STEPS_MS),
    backMs: draw.pick(BACKS_MS),
    v: draw.pick(VALUES),
  }));
}

function drawPoint(draw: Draw): CommitPoint | "now" {
  return draw.pick(["now", ...COMMIT_POINTS]);
}
