// Rows that transactions pass over: withheld or given up. What is told of them stands behind them in the outbox, and
// leaves later. Until it has left a progress record names them: a disk image restored in between has these rows still,
// and nothing of what was told; it tells of them again (engine/reconciler.ts).

import type { PassedOver, RowPlace, SequenceRun, ToldPlace } from "../core/forwarded.ts";
import { PASSED_OVER_RUNS } from "../core/limits.ts";
import type { Lane } from "../core/protocol.ts";
import type { Span } from "./fill.ts";
import { progressId, type Progress } from "./progress.ts";

/** In order of lane and sequence. */
export type PassedOverRow = Pick<RowPlace, "lane" | "incarnation" | "sequence">;

export class PassedOverRows {
  /** As Kafka had it when the session opened. */
  readonly #before: Progress;
  /** By incarnation and lane, in this session. */
  readonly #noted = new Map<string, PassedOver>();
  /** By incarnation, how far lane `result` has left in this session. */
  readonly #reached = new Map<string, number>();

  constructor(before: Progress) {
    this.#before = before;
  }

  /** The next transaction passes over these; `told`: the last row that tells of them. */
  note(rows: readonly PassedOverRow[], told: ToldPlace): void {
    for (const { lane, incarnation, sequence } of rows) {
      const runs = withSequence(this.of({ lane, incarnation })?.runs ?? [], sequence);
      this.#noted.set(progressId(incarnation, lane), { runs, told });
    }
  }

  /** The next transaction brings the lanes to these places. */
  reach(spans: readonly Span[]): void {
    for (const { lane, incarnation, lastSequence } of spans) {
      if (lane === "result") this.#reached.set(incarnation, lastSequence);
    }
  }

  /** What the next record says; undefined: of all of them Kafka has been told. */
  of({ lane, incarnation }: { lane: Lane; incarnation: string }): PassedOver | undefined {
    const noted = this.#noted.get(progressId(incarnation, lane));
    const known = noted ?? this.#before.get(incarnation, lane)?.passedOver;
    return known === undefined || this.#isTold(known.told) ? undefined : known;
  }

  #isTold({ incarnation, sequence }: ToldPlace): boolean {
    const before = this.#before.lastSequence(incarnation, "result");
    return Math.max(before, this.#reached.get(incarnation) ?? 0) >= sequence;
  }
}

function withSequence(runs: readonly SequenceRun[], sequence: number): readonly SequenceRun[] {
  const last = runs.at(-1);
  if (last !== undefined && sequence <= last[1] + 1) {
    return [...runs.slice(0, -1), [last[0], Math.max(last[1], sequence)]];
  }
  const all: readonly SequenceRun[] = [...runs, [sequence, sequence]];
  const [one, two, ...rest] = all;
  return all.length > PASSED_OVER_RUNS ? [[one![0], two![1]], ...rest] : all;
}
