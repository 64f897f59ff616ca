// The published page: what was injected into this source, what came of it, and what was not tried.

import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { type CampaignRecord, scoreText as historiesText } from "../simulation/campaign.ts";
import { CATALOGUE, type CatalogueEntry } from "./catalogue.ts";
import { countsTable, earlierText } from "./counts.ts";
import type { RunRecord } from "./ledger.ts";
import { type Score, scoreOf, numbersText } from "./scoreboard.ts";

/** What the page is made of. */
export interface Evidence {
  /** Hash of the source. */
  readonly source: string;
  /** Of this source, and of those before it. */
  readonly runs: readonly RunRecord[];
  readonly earlierRuns: readonly RunRecord[];
  readonly histories: readonly CampaignRecord[];
  readonly earlierHistories: readonly CampaignRecord[];
}

/** RELIABILITY.md. */
export function reliabilityPage(evidence: Evidence): string {
  const { source, runs: records, earlierRuns, histories, earlierHistories } = evidence;
  const scored = CATALOGUE.map((entry) => ({
    entry,
    score: scoreOf(records.filter(({ fault }) => fault === entry.number)),
  }));
  const done = scored.filter(({ score }) => score.runs > 0);
  const files = testFiles();
  return `# Reliability

What was done to headrace, and what came of it. Written by \`npm run faults -- --report\` from the runs on this very source (hash
${source} of everything below \`src/\`); runs on another source count apart. The gateway is the built one, with a real mosquitto, a
real Kafka and real files (fault 28: the simulated one); a simulated plant sends, re-sends and shuffles, and an independent checker
recomputes every row from what the devices know to be acknowledged.

## Scoreboard

${summary(scoreOf(records))}

| # | fault | test | result | runs | injected | acknowledged | lost | destroyed | twice | wrong | digest mismatches | slowest ready | seeds | last run |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
${scored.map(({ entry, score }) => scoreLine(entry, score, files.get(entry.number))).join("\n")}

*Acknowledged*: messages with a PUBACK, or commits where a fault is about the store alone. *Destroyed*: acknowledged,
damaged on the card by the fault itself, and reported by the gateway as gone. *Wrong*: rows with other content, out of
order, or that should not be there. *Slowest ready*: from the start of a process until it takes messages; what it waited for a
processor that other programs had is not counted. *Digest mismatches*: journal entries that gave other rows when they ran again.

## How often

${countsTable(records, earlierRuns)}

${earlierText(earlierRuns)}

## Simulated histories

The gateway's own parts on virtual time, with simulated devices, card, threads and Kafka: \`npm run simulate\`. A seed is one history of
15 to 60 events: kills and power cuts at any commit, lost requests and answers, outages, restored images and more.

- On this source: ${historiesText(histories)}.
- On earlier sources: ${historiesText(earlierHistories)}.

## What each fault does

${done.map(({ entry, score }) => section(entry, score)).join("\n\n")}

## What was not tested

${[...untested(scored), ...LIMITS].map((line) => `- ${line}`).join("\n")}
`;
}

/** The same figures for a terminal. */
export function scoreText(records: readonly RunRecord[]): string {
  const lines = CATALOGUE.flatMap(({ number, title }) => {
    const score = scoreOf(records.filter(({ fault }) => fault === number));
    if (score.runs === 0) return [];
    const failed = score.failed > 0 ? `, ${score.failed} FAILED` : "";
    return [
      `${String(number).padStart(2)} ${title}: ${score.runs} runs${failed}, injected ${score.injected}, ` +
        `acknowledged ${score.acknowledged}, lost ${score.lost}, destroyed ${score.destroyed}, duplicated ${score.duplicated}, wrong ${score.wrong}, ` +
        `digest mismatches ${score.digestMismatches}, slowest ready ${score.slowestReadyMs} ms, ` +
        `seeds ${numbersText(score.seeds)}, last ${score.last?.at.slice(0, 10)}`,
    ];
  });
  return [...lines, summary(scoreOf(records)).replaceAll("*", "")].join("\n");
}

/** What no simulation on this machine shows. */
const LIMITS: readonly string[] = [
  "Real power cuts on real hardware: what a card does with writes it has not confirmed is simulated (fault 2), sector by sector. " +
    "A card that lies about flush, or that damages data beside what it writes, is outside the promise.",
  "ARM, SD cards, filesystems other than the one of the test machine.",
  "Kafka clusters in the field: these runs have one broker, and in fault 12 sometimes three on one machine.",
];

function summary(score: Score): string {
  const verdict = score.failed === 0 ? "all as expected" : `${score.failed} not as expected`;
  return (
    `${score.runs} runs (${verdict}) in ${Math.round(score.minutes)} minutes: ${score.injected} faults injected, ` +
    `${score.acknowledged} messages acknowledged, **${score.lost} lost, ${score.duplicated} duplicated, ${score.wrong} wrong**, ` +
    `${score.digestMismatches} digest mismatches.` +
    (score.destroyed > 0 ? ` Destroyed by the fault itself, and told of: ${score.destroyed}.` : "")
  );
}

/** Paths of the modules, by the numbers of their faults. */
function testFiles(): ReadonlyMap<number, string> {
  const names = readdirSync(import.meta.dirname).filter((name) => /^\d\d-.*\.ts$/.test(name));
  return new Map(names.map((name) => [Number(name.slice(0, 2)), `test/faults/${name}`]));
}

function resultText({ runs, failed }: Score): string {
  if (runs === 0) return "not run";
  return failed === 0 ? "as expected" : `**${failed} not as expected**`;
}

function scoreLine(
  { number, title }: CatalogueEntry,
  score: Score,
  file: string | undefined,
): string {
  const cells = [
    number,
    title,
    file === undefined ? "none" : `[${basename(file, ".ts")}](${file})`,
    resultText(score),
    score.runs,
    score.injected,
    score.acknowledged,
    score.lost,
    score.destroyed,
    score.duplicated,
    score.wrong,
    score.digestMismatches,
    score.slowestReadyMs > 0 ? `${score.slowestReadyMs} ms` : "–",
    numbersText(score.seeds),
    score.last === undefined ? "never" : `${score.last.at.slice(0, 10)} on ${score.last.commit}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function section({ number, title, fault }: CatalogueEntry, score: Score): string {
  const kinds = Object.entries(score.injectedByKind)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, count]) => `${kind} ${count}`);
  const figures = score.figures === undefined ? "" : ` Measured: ${score.figures}.`;
  return `**${number}. ${title}.** Injected: ${fault?.injects}. Expected: ${fault?.expects}. Done: ${kinds.join("; ")}.${figures}`;
}

function untested(
  scored: readonly { readonly entry: CatalogueEntry; readonly score: Score }[],
): string[] {
  const titles = (wanted: (each: (typeof scored)[number]) => boolean): string =>
    scored
      .filter(wanted)
      .map(({ entry }) => `${entry.number} (${entry.title})`)
      .join(", ");
  const missing = titles(({ entry }) => entry.fault === undefined);
  const idle = titles(({ entry, score }) => entry.fault !== undefined && score.runs === 0);
  return [
    ...(missing === "" ? [] : [`Faults that this harness does not bring about: ${missing}.`]),
    ...(idle === "" ? [] : [`Faults that were not run on this source: ${idle}.`]),
  ];
}
