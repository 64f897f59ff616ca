// Deterministic simulation: `npm run simulate`. One seed is one history of a gateway, its devices, its card and Kafka, on
// virtual time (world.ts); the judge (judge.ts) recomputes what must have come of it. Every campaign adds lines to the
// ledger, so that seeds add up while nothing below src/ changes.
//
//   npm run simulate -- --count 1000              the next 1,000 seeds not yet lived on this source
//   npm run simulate -- --seed 17 --count 100     seeds 17 to 116
//   npm run simulate -- --seed 17 --verbose       that history again, with what the gateway logged
//   npm run simulate -- --seed 17 --events 3,9    … and of its events only these
//   npm run simulate -- --report                  what all seeds on this source showed

import { parseArgs } from "node:util";

import { commitName, sourceHash } from "../faults/ledger.ts";
import { isClean, live, type History } from "./history.ts";
import { Campaign, campaignsOf, scoreText } from "./campaign.ts";
import { drawScript, scriptText } from "./script.ts";
import { shrink } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    count: { type: "string", default: "1" },
    events: { type: "string" },
    verbose: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});

const source = sourceHash();
/** A long campaign that is ended early keeps what it has written down. */
const PER_RECORD = 1000;

if (values.report) process.stdout.write(`${scoreText(campaignsOf(source))}\n`);
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const next = campaignsOf(source).reduce(
    (last, { from, count }) => Math.max(last, from + count),
    1,
  );
  const from = values.seed === undefined ? next : Number(values.seed);
  const count = Number(values.count);
  if (values.events !== undefined || values.verbose) return await show(from);
  let isGood = true;
  for (let done = 0; done < count; done += PER_RECORD) {
    const part = { from: from + done, count: Math.min(PER_RECORD, count - done) };
    if (!(await liveThrough(part))) isGood = false;
  }
  return isGood;
}

/** One record of the ledger. Returns whether every history was as it must be. */
async function liveThrough({ from, count }: { from: number; count: number }): Promise<boolean> {
  const campaign = new Campaign({ from, source, commit: commitName() });
  let isGood = true;
  for (let seed = from; seed < from + count; seed++) {
    const history = await outcome(seed);
    campaign.add(history);
    if (isClean(history)) continue;
    isGood = false;
    await report(seed, history);
  }
  campaign.end();
  process.stdout.write(`${campaign.text()}\n`);
  return isGood;
}

/** One history, with everything about it. */
async function show(seed: number): Promise<boolean> {
  const script = drawScript(seed);
  const numbers = values.events?.split(",").map(Number) ?? script.map((_, number) => number);
  const events = numbers.map((number) => script[number]!);
  const history = await live(seed, events);
  process.stdout.write(`${scriptText(events, numbers)}\n\n`);
  if (values.verbose) process.stdout.write(`${history.log.join("\n")}\n\n`);
  process.stdout.write(`${verdictText(history)}\n`);
  return isClean(history);
}

async function report(seed: number, history: History): Promise<void> {
  process.stdout.write(`seed ${seed} FAILED: ${verdictText(history)}\n`);
  const numbers = await shrink(seed);
  const script = drawScript(seed);
  const events = numbers.map((number) => script[number]!);
  process.stdout.write(`of ${script.length} events these ${events.length} are enough:\n`);
  process.stdout.write(`${scriptText(events, numbers)}\n`);
  const command = `npm run simulate -- --seed ${seed} --events ${numbers.join()} --verbose`;
  process.stdout.write(`repeat: ${command}\n\n`);
}

/** A history that could not be lived to its end is a finding too. */
async function outcome(seed: number): Promise<History> {
  try {
    return await live(seed);
  } catch (error) {
    const problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    const nothing = { acknowledged: 0, lost: 0, duplicated: 0, wrong: 0, digestMismatches: 0 };
    return { ...nothing, problems, injected: {}, killed: 0, log: [] };
  }
}

function verdictText(history: History): string {
  const { acknowledged, lost, duplicated, wrong, digestMismatches, problems } = history;
  const counts = `acknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}, wrong ${wrong}, digest mismatches ${digestMismatches}`;
  return [counts, ...problems.map((problem) => `  ${problem}`)].join("\n");
}
