// What a backtest has covered and what it could not, for a person or as JSON.

import type { JournalHead } from "../../core/protocol.ts";
import type { Backtest } from "../../engine/backtest.ts";
import type { RuleSet } from "../../engine/rule-set.ts";
import { hasSessions } from "../../engine/window-reach.ts";
import { formatCount } from "../../web/format.ts";
import type { Difference } from "./difference.ts";

export interface BacktestReport {
  readonly rows: number;
  readonly messages: number;
  /** ISO 8601; null: nothing was there. */
  readonly from: string | null;
  readonly to: string | null;
  readonly incomplete: number;
  readonly late: number;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly difference?: {
    readonly both: number;
    readonly onlyCandidate: number;
    readonly onlyInForce: number;
  };
  /** What was not covered, in words. */
  readonly notes: readonly string[];
}

export interface Covered {
  readonly head: JournalHead | undefined;
  /** What was asked for; undefined: everything. */
  readonly sinceMs: number | undefined;
  /** When the last entry was written. */
  readonly toMs: number | undefined;
  readonly ruleSet: RuleSet;
  readonly difference: Difference | undefined;
}

export function reportOf(
  { counts, changedProfiles, pipelineCounts }: Backtest,
  covered: Covered,
): BacktestReport {
  const { head, toMs, difference } = covered;
  const { rules, deadLetters } = pipelineCounts;
  return {
    rows: counts.rows,
    messages: counts.messages,
    from: head === undefined ? null : instant(head.fromTimeMs),
    to: toMs === undefined ? null : instant(toMs),
    incomplete: counts.incomplete,
    late: rules.reduce((sum, { late }) => sum + late, 0),
    deadLetters: Object.fromEntries(deadLetters),
    ...(difference === undefined
      ? {}
      : {
          difference: {
            both: difference.both,
            onlyCandidate: difference.count("candidate"),
            onlyInForce: difference.count("in_force"),
          },
        }),
    notes: [
      ...beginningNotes(covered),
      ...(counts.incomplete > 0
        ? [`${many(counts.incomplete, "row")} of windows that began before are left out`]
        : []),
      ...Array.from(changedProfiles, ([name, untilMs]) => {
        return `profile ${name} was another one until ${instant(untilMs)}: its messages were read as it is now`;
      }),
      ...(counts.missing > 0
        ? [`${many(counts.missing, "journal entry", "journal entries")} could not be read`]
        : []),
      ...(counts.skipped > 0
        ? [`${many(counts.skipped, "message")} that had killed the gateway are left out`]
        : []),
    ],
  };
}

/** For stderr, with line ends. */
export function reportText(report: BacktestReport): string {
  const { rows, messages, from, to, late, deadLetters, difference, notes } = report;
  const lines = [
    from === null || to === null
      ? "the journal holds nothing of that time"
      : `${many(rows, "row")} from ${many(messages, "message")}, ${from} to ${to}`,
  ];
  if (late > 0) lines.push(`${many(late, "row")} came late`);
  for (const [reason, count] of Object.entries(deadLetters)) {
    lines.push(`${many(count, "dead letter")}: ${reason}`);
  }
  if (difference !== undefined) {
    const { both, onlyCandidate, onlyInForce } = difference;
    lines.push(
      `${many(both, "row")} the same, ${formatCount(onlyCandidate)} only in the candidate, ${formatCount(onlyInForce)} only in the rule in force`,
    );
  }
  return [...lines, ...notes.map((note) => `note: ${note}`)].map((line) => `${line}\n`).join("");
}

function beginningNotes({ head, sinceMs, ruleSet }: Covered): string[] {
  if (head === undefined || head.fromSequence === 1) return [];
  const notes: string[] = [];
  const isTrimmed = head.fromSequence === head.firstSequence;
  if (isTrimmed && (sinceMs === undefined || sinceMs < head.fromTimeMs)) {
    notes.push(
      `the journal begins at ${instant(head.fromTimeMs)}: what came before has been deleted`,
    );
  }
  if (ruleSet.rules.some(({ query }) => hasSessions(query.root))) {
    notes.push("sessions that were open at the beginning begin there");
  }
  if (ruleSet.rules.some(({ sink }) => sink.options["connector"] === "alarm")) {
    notes.push("alarms that were raised at the beginning are raised there anew");
  }
  return notes;
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : more}`;
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
