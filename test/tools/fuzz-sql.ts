// `npm run fuzz:sql -- --seed S --count N`: random queries over random events, run by headrace and by a real Flink.
// Case number i of a seed is always the same. A difference is shrunk and kept as a conformance case; the tool stops
// after --most of them (10). --from starts at another number, --dry keeps nothing. Exit code 1 when the sides differ.

import { parseArgs } from "node:util";
import { examine } from "../fuzz/examine.ts";
import { generateCase, type FuzzCase } from "../fuzz/generate.ts";
import { keep } from "../fuzz/keep.ts";
import { shrink } from "../fuzz/shrink.ts";
import { render } from "../fuzz/tree.ts";
import { ownSide, type Verdict } from "../fuzz/verdict.ts";
import { FlinkOracle } from "../kit/flink/oracle.ts";
import { lacksService } from "../kit/services.ts";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    from: { type: "string", default: "0" },
    most: { type: "string", default: "10" },
    dry: { type: "boolean", default: false },
  },
});
const seed = Number(options.seed);
const from = Number(options.from);
const end = from + Number(options.count);
const most = Number(options.most);
/** How many times a difference is looked at again while it is made smaller. */
const SHRINK_CHECKS = 400;
/** Cases that are begun before the one that is waited for has its verdict. */
const AHEAD = 6;
const PROGRESS_EVERY = 100;

const counts: Record<Verdict["kind"], number> = {
  equal: 0,
  "both refuse": 0,
  "both fail": 0,
  gap: 0,
  deviation: 0,
  "no answer": 0,
  difference: 0,
};
/** Why headrace refused what Flink takes, and which deviations were met. */
const reasons = new Map<string, number>();

const reason = lacksService("flink");
if (reason !== undefined && process.env["CI"] === "true") throw new Error(reason);
if (reason === undefined) await fuzz();
else process.stdout.write(`skipped: ${reason}\n`);

async function fuzz(): Promise<void> {
  const oracle = new FlinkOracle();
  const startMs = performance.now();
  // headrace works on cases while Flink works on others.
  const ahead: Started[] = [];
  let next = from;
  let index = from;
  for (; index < end && counts.difference < most; index++) {
    while (next < end && next <= index + AHEAD) ahead.push(start(oracle, next++));
    const current = ahead.shift();
    if (current === undefined) break;
    let verdict = await current.verdict;
    // On a busy machine Flink may have taken two inputs in another order: only what comes again is a difference.
    if (verdict.kind === "difference") verdict = await examineCase(oracle, current.found);
    counts[verdict.kind]++;
    if (verdict.kind === "gap") countReason(`gap: ${verdict.reason}`);
    if (verdict.kind === "deviation") countReason(`deviation: ${verdict.what}`);
    if (verdict.kind === "no answer")
      note(`case ${index}: ${verdict.outcome}\n${render(current.found.sql)}`);
    if (verdict.kind === "difference")
      await report(oracle, index, { found: current.found, verdict });
    if ((index + 1 - from) % PROGRESS_EVERY === 0) progress(index + 1, startMs);
  }
  await Promise.all(ahead.map(({ verdict }) => verdict));
  await oracle.close();
  progress(index, startMs);
  summary(index);
}

interface Started {
  readonly found: FuzzCase;
  readonly verdict: Promise<Verdict>;
}

function start(oracle: FlinkOracle, index: number): Started {
  const found = generateCase(seed, index);
  return { found, verdict: examineCase(oracle, found) };
}

function examineCase(oracle: FlinkOracle, { sql, lines }: FuzzCase): Promise<Verdict> {
  return examine(oracle, { sql: render(sql), lines });
}

type Different = Extract<Verdict, { kind: "difference" }>;

async function report(
  oracle: FlinkOracle,
  index: number,
  { found, verdict }: { readonly found: FuzzCase; readonly verdict: Different },
): Promise<void> {
  note(`case ${index}: ${verdict.difference}\n${verdict.detail}\n${render(found.sql)}`);
  let checks = 0;
  let last = verdict;
  const smallest = await shrink(found, async (candidate) => {
    // What headrace alone does tells most candidates apart, and costs next to nothing.
    const own = ownSide(render(candidate.sql), candidate.lines);
    if (own.side === "refused" || checks++ > SHRINK_CHECKS) return false;
    const smaller = await examineCase(oracle, candidate);
    if (smaller.kind !== "difference" || smaller.difference !== verdict.difference) return false;
    last = smaller;
    return true;
  });
  const name = `fuzz-${seed}-${index}`;
  note(`shrunk: ${last.detail}\n${render(smallest.sql)}${smallest.lines.join("\n")}\n`);
  if (options.dry) return;
  const source = `npm run fuzz:sql -- --seed ${seed} --from ${index} --count 1`;
  await keep({ name, found: smallest, difference: last.difference, source }, oracle);
  note(`kept as test/conformance/${name}\n`);
}

function countReason(why: string): void {
  reasons.set(why, (reasons.get(why) ?? 0) + 1);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function progress(done: number, startMs: number): void {
  const seconds = (performance.now() - startMs) / 1000;
  const rate = ((done - from) / seconds).toFixed(1);
  note(`${done - from} of ${end - from} in ${seconds.toFixed(0)} s (${rate}/s): ${countsText()}`);
}

function countsText(): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ");
}

function summary(done: number): void {
  const examined = done - from;
  const share = ((100 * counts.gap) / Math.max(1, examined)).toFixed(1);
  const lines = [
    `seed ${seed}, cases ${from} to ${done - 1}: ${countsText()}`,
    `headrace refuses by name what Flink takes: ${share} %`,
    ...[...reasons].toSorted(([, a], [, b]) => b - a).map(([why, count]) => `  ${count}  ${why}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = counts.difference + counts["no answer"] === 0 ? 0 : 1;
}
