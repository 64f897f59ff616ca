// The fault harness: `npm run faults`. Runs faults of the catalogue against the built gateway, writes every run into
// the ledger, and says at the end what all runs on this source showed.
//
//   npm run faults                                   every fault once, with seeds not used before
//   npm run faults -- --fault 1 --fault 2 --count 20
//   npm run faults -- --fault 1 --seed 17            that run again
//   npm run faults -- --fault 1 --injections 2000    so many, in as few runs as can carry them
//   npm run faults -- --seed 17 --third              a third of the faults, by the seed: as CI does it
//   npm run faults -- --fault 1 --unrecorded         while the harness itself is worked on
//   npm run faults -- --minutes 30                   round after round for so long
//   npm run faults -- --report                       prints the scoreboard, writes RELIABILITY.md and, beside it, the runs it counts
//   npm run faults -- --report --since 2026-11-30    … without what was run on earlier sources before that day

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ROOT } from "../kit/repository.ts";
import { lacksService } from "../kit/services.ts";
import { campaignLedger } from "../simulation/campaign.ts";
import { CATALOGUE } from "./catalogue.ts";
import { type Fault, type FaultContext, isGood, type Outcome } from "./fault.ts";
import { commitName, Ledger, ledgerFiles, sourceHash } from "./ledger.ts";
import { reliabilityPage, scoreText } from "./reliability.ts";
import { FaultServices } from "./services.ts";

const { values } = parseArgs({
  options: {
    fault: { type: "string", multiple: true },
    seed: { type: "string" },
    third: { type: "boolean", default: false },
    injections: { type: "string" },
    count: { type: "string", default: "1" },
    minutes: { type: "string" },
    report: { type: "boolean", default: false },
    since: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
    unrecorded: { type: "boolean", default: false },
  },
});

const THIRDS = 3;
const ledger = new Ledger(ledgerFiles("runs"));
const source = sourceHash();

if (values.report) report();
else process.exitCode = (await campaign()) ? 0 : 1;

function report(): void {
  const records = ledger.runsOf(source);
  say(scoreText(records));
  if (records.length === 0) {
    say("no run on this source: RELIABILITY.md is left as it is");
    return;
  }
  const campaigns = campaignLedger();
  const histories = campaigns.records;
  const page = reliabilityPage({
    source,
    runs: records,
    earlierRuns: ledger.runsBefore(source, values.since),
    histories: histories.filter((each) => each.source === source),
    earlierHistories: histories.filter((each) => each.source !== source && each.at >= values.since),
  });
  writeFileSync(join(ROOT, "RELIABILITY.md"), page);
  ledger.publish();
  campaigns.publish();
}

/** Returns whether every run was as expected. */
async function campaign(): Promise<boolean> {
  const faults = chosenFaults();
  const services = new FaultServices();
  const untilMs = performance.now() + Number(values.minutes ?? 0) * 60_000;
  const rounds = values.minutes === undefined ? Number(values.count) : Infinity;
  let good = true;
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { fault, injections, turn } of faults.flatMap((each) => runsOf(each, round))) {
        if (values.minutes !== undefined && performance.now() > untilMs) return good;
        const first = values.seed === undefined ? undefined : Number(values.seed) + turn;
        const seed = first ?? ledger.nextSeed(fault.number, source);
        if (!(await runOnce(fault, { seed, injections, services }))) good = false;
      }
    }
    return good;
  } finally {
    await services.dispose();
    say(scoreText(ledger.runsOf(source)));
  }
}

function chosenFaults(): Fault[] {
  const numbers = values.fault?.map(Number);
  for (const number of numbers ?? []) {
    if (CATALOGUE[number - 1]?.fault === undefined) throw new Error(`there is no fault ${number}`);
  }
  return CATALOGUE.flatMap(({ fault }) => {
    if (fault === undefined || numbers?.includes(fault.number) === false) return [];
    if (values.injections !== undefined && fault.mostInjections === undefined) return [];
    if (values.third && (fault.number - Number(values.seed)) % THIRDS !== 0) return [];
    const missing = fault.needs.flatMap((name) => lacksService(name) ?? []);
    if (missing.length === 0) return [fault];
    say(`fault ${fault.number} is left out: ${missing.join("; ")}`);
    return [];
  });
}

interface PlannedRun {
  readonly fault: Fault;
  readonly injections: number | undefined;
  /** How many runs of the fault came before it. */
  readonly turn: number;
}

/** The runs of a fault in one round: one, or as many as it takes for the injections that are asked for. */
function runsOf(fault: Fault, round: number): PlannedRun[] {
  if (values.injections === undefined) return [{ fault, injections: undefined, turn: round }];
  const total = Number(values.injections);
  const most = fault.mostInjections ?? 0;
  const runs = Math.ceil(total / most);
  return Array.from({ length: runs }, (_, run) => {
    const injections = Math.min(most, total - run * most);
    return { fault, injections, turn: round * runs + run };
  });
}

async function runOnce(
  fault: Fault,
  of: Pick<FaultContext, "seed" | "injections" | "services">,
): Promise<boolean> {
  const { seed, injections } = of;
  const name = `fault ${fault.number} seed ${seed}`;
  const sinceMs = performance.now();
  const log = (text: string): void => {
    if (values.verbose) say(`  ${text}`);
  };
  let result: { outcome: Outcome } | { error: string };
  try {
    result = { outcome: await fault.run({ ...of, log, progress: (text) => say(`  ${text}`) }) };
  } catch (error) {
    result = { error: String(error) };
  }
  const seconds = Math.round((performance.now() - sinceMs) / 100) / 10;
  const at = new Date().toISOString();
  const record = { fault: fault.number, seed, at, seconds, commit: commitName(), source };
  if (!values.unrecorded)
    ledger.append({ ...record, ...(injections !== undefined && { injections }), ...result });
  const good = "outcome" in result && isGood(result.outcome);
  say(`${good ? "ok  " : "FAIL"} ${name}: ${seconds} s, ${resultText(result)}`);
  const asked = injections === undefined ? "" : ` --injections ${injections}`;
  if (!good)
    say(`     repeat: npm run faults -- --fault ${fault.number} --seed ${seed}${asked} --verbose`);
  return good;
}

function resultText(result: { outcome: Outcome } | { error: string }): string {
  if ("error" in result) return result.error;
  const { injected, acknowledged, lost, duplicated, wrong, slowestReadyMs, problems } =
    result.outcome;
  const kinds = Object.entries(injected).map(([kind, count]) => `${kind} ${count}`);
  return [
    `injected ${kinds.join(", ")}; acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}, wrong ${wrong}, ready in ${slowestReadyMs} ms`,
    ...problems.map((problem) => `     ${problem}`),
  ].join("\n");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
