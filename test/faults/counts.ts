// How often the harness has done what a gateway in the field meets rarely, beside how often it was meant to: on this
// very source, and on those before it.

import type { RunRecord } from "./ledger.ts";
import { numbersText, type Score, scoreOf } from "./scoreboard.ts";

interface Aim {
  readonly what: string;
  readonly aim: string;
  count(score: Score): number | string;
  readonly fault: number;
}

const AIMS: readonly Aim[] = [
  { fault: 1, what: "kill -9", aim: "2,000", count: ofKinds(/./) },
  { fault: 1, what: "… at a named crash point", aim: "a third", count: ofKinds(/^at (?!random)/) },
  { fault: 2, what: "power cuts", aim: "1,000", count: ofKinds(/./) },
  {
    fault: 6,
    what: "I/O errors: N of the writes under a plant",
    aim: "1–300",
    count: met("write"),
  },
  { fault: 6, what: "… N of the syncs under a plant", aim: "1–300", count: met("sync") },
  {
    fault: 6,
    what: "… N of the writes of the store alone",
    aim: "1–300",
    count: met("store, write"),
  },
  {
    fault: 6,
    what: "… N of the syncs of the store alone",
    aim: "1–300",
    count: met("store, sync"),
  },
  { fault: 12, what: "Kafka restarts", aim: "50", count: ofKinds(/\b(?:stop|kill)\b/) },
  {
    fault: 15,
    what: "lost commit acknowledgements",
    aim: "50",
    count: ofKinds(/^EndTxn response/),
  },
  { fault: 24, what: "clones", aim: "10", count: ofKinds(/^clone/) },
  { fault: 28, what: "hours offline in one go", aim: "168", count: ({ longest }) => longest },
  { fault: 30, what: "restored images", aim: "10", count: ofKinds(/./) },
];

/** A table: `now` the runs of this source, `before` those of earlier ones. */
export function countsTable(now: readonly RunRecord[], before: readonly RunRecord[]): string {
  const lines = AIMS.map(({ fault, what, aim, count }) => {
    const [here, there] = [now, before].map((records) =>
      count(scoreOf(records.filter((record) => record.fault === fault))),
    );
    return `| ${what} | ${fault} | ${aim} | ${here} | ${there} |`;
  });
  const sums: readonly (readonly [string, (score: Score) => number])[] = [
    ["runs of all faults", ({ runs }) => runs],
    ["… not as expected", ({ failed }) => failed],
    ["faults injected", ({ injected }) => injected],
    ["messages acknowledged", ({ acknowledged }) => acknowledged],
    ["lost", ({ lost }) => lost],
    ["duplicated", ({ duplicated }) => duplicated],
    ["wrong", ({ wrong }) => wrong],
    ["digest mismatches", ({ digestMismatches }) => digestMismatches],
  ];
  const [here, there] = [scoreOf(now), scoreOf(before)];
  return [
    "| what | fault | aim | on this source | on earlier sources |",
    "|---|---|---|---|---|",
    ...lines,
    ...sums.map(([what, of]) => `| ${what} | all | – | ${of(here)} | ${of(there)} |`),
  ].join("\n");
}

/** Which sources `before` is from. */
export function earlierText(before: readonly RunRecord[]): string {
  const [first] = before;
  if (first === undefined) return "The ledger holds no run on an earlier source.";
  const sources = new Set(before.map(({ source }) => source)).size;
  return `Earlier sources: ${sources}, the first of them run on ${first.at.slice(0, 10)} (commit ${first.commit}). Their runs say nothing of this
source; those that were not as expected are among them, whether headrace was at fault (and is repaired since) or the harness.`;
}

function ofKinds(kinds: RegExp): Aim["count"] {
  return ({ injectedByKind }) => {
    const matching = Object.entries(injectedByKind).filter(([kind]) => kinds.test(kind));
    return matching.reduce((sum, [, count]) => sum + count, 0);
  };
}

function met(kind: string): Aim["count"] {
  return (score) => {
    const numbers = score.met[kind] ?? [];
    return numbers.length === 0 ? "–" : numbersText(numbers);
  };
}
