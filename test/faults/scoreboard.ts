// Runs added up: one line per fault, and one for all.

import { isGood, type Outcome } from "./fault.ts";
import type { RunRecord } from "./ledger.ts";

/** What all runs of a fault (or of all faults) showed together. */
export interface Score {
  readonly runs: number;
  readonly failed: number;
  readonly injected: number;
  readonly injectedByKind: Readonly<Record<string, number>>;
  /** As in Outcome, each number once and sorted. */
  readonly met: Readonly<Record<string, readonly number[]>>;
  /** The most that one run has injected, and the figures of that run. */
  readonly longest: number;
  readonly figures: string | undefined;
  readonly acknowledged: number;
  readonly lost: number;
  readonly destroyed: number;
  readonly duplicated: number;
  readonly wrong: number;
  readonly digestMismatches: number;
  readonly slowestReadyMs: number;
  readonly seeds: readonly number[];
  readonly minutes: number;
  /** The newest run; undefined without one. */
  readonly last: { readonly at: string; readonly commit: string } | undefined;
}

/** Adds up; a run that could not be carried out counts as failed and shows nothing else. */
export function scoreOf(records: readonly RunRecord[]): Score {
  const outcomes = records.flatMap(({ outcome }) => outcome ?? []);
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const injectedByKind: Record<string, number> = {};
  for (const { injected } of outcomes)
    for (const [kind, count] of Object.entries(injected))
      injectedByKind[kind] = (injectedByKind[kind] ?? 0) + count;
  const [longest] = outcomes.toSorted((a, b) => injectedIn(b) - injectedIn(a));
  const last = records.at(-1);
  return {
    runs: records.length,
    failed: records.filter(({ outcome }) => outcome === undefined || !isGood(outcome)).length,
    injected: injectedIn({ injected: injectedByKind }),
    injectedByKind,
    met: metBy(outcomes),
    longest: longest === undefined ? 0 : injectedIn(longest),
    figures: longest?.figures,
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    destroyed: sum(({ destroyed = 0 }) => destroyed),
    duplicated: sum(({ duplicated }) => duplicated),
    wrong: sum(({ wrong }) => wrong),
    digestMismatches: sum(({ digestMismatches }) => digestMismatches),
    slowestReadyMs: Math.max(0, ...outcomes.map(({ slowestReadyMs }) => slowestReadyMs)),
    seeds: records.map(({ seed }) => seed),
    minutes: records.reduce((total, { seconds }) => total + seconds, 0) / 60,
    last: last && { at: last.at, commit: last.commit },
  };
}

function injectedIn({ injected }: Pick<Outcome, "injected">): number {
  return Object.values(injected).reduce((total, count) => total + count, 0);
}

function metBy(outcomes: readonly Outcome[]): Score["met"] {
  const met: Record<string, number[]> = {};
  for (const outcome of outcomes)
    for (const [kind, numbers] of Object.entries(outcome.met ?? {}))
      met[kind] = [...new Set([...(met[kind] ?? []), ...numbers])].sort((a, b) => a - b);
  return met;
}

/** `1–20, 35`: sorted, ranges together. */
export function numbersText(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && number === range.to + 1) range.to = number;
    else ranges.push({ from: number, to: number });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}
