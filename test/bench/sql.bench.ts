// `npm run bench:sql`: what the SQL engine costs from decoded events on, in CPU time of the process (its one thread and
// what the collector and the compiler do beside it), each figure the median of several rounds beside its bound.
//   --quick            one short round of each case
//   --case NAME        only this case; may be repeated
//   --rounds, --rows   rows of a round
//   --margin FACTOR    exit 1 if a figure misses its bound by more than this factor (1 = the bound itself)
// stdout has a table, then one JSON line.

import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { buildRule, buildSource } from "../../src/operators/index.ts";
import { generatedPipelines } from "../../src/operators/pipeline/generate.ts";
import { interpretedPipelines } from "../../src/operators/pipeline/interpret.ts";
import type { PipelineCompiler } from "../../src/operators/pipeline/plan.ts";
import type { Plan } from "../../src/sql/plan.ts";
import { planText } from "../../src/engine/plan-text.ts";
import { decodeFigures } from "./sql-decode.ts";
import { judge, lineText, median, type Figures, type Line } from "./report.ts";
import { CASES, HOP, STATE, TUMBLE, type SqlCase } from "./sql-cases.ts";
import { BATCH_ROWS, Feed } from "./sql-feed.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    rounds: { type: "string" },
    rows: { type: "string" },
    margin: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const rows = Number(values.rows ?? (values.quick ? 400_000 : 2_000_000));
const margin = values.margin === undefined ? undefined : Number(values.margin);

const lines: Line[] = [];
if (wanted(STATE.name)) report(STATE, { bytes_per_key_and_window: stateBytes() });
if (wanted("decode")) report({ name: "decode", bounds: {} }, decodeFigures(repeat));
for (const each of CASES) if (wanted(each.name)) report(each, caseFigures(each));
process.stdout.write(`${JSON.stringify({ rounds, rows, lines })}\n`);
if (margin !== undefined && lines.some(({ ok }) => !ok)) process.exitCode = 1;

function wanted(name: string): boolean {
  return values.case === undefined || values.case.includes(name);
}

function report(benchCase: Parameters<typeof judge>[0], figures: Figures): void {
  const judged = judge(benchCase, figures, margin ?? 1);
  lines.push(...judged);
  process.stdout.write(judged.map(lineText).join(""));
}

function caseFigures(benchCase: SqlCase): Figures {
  const ns = nsPerRow(benchCase, generatedPipelines);
  const figures = { ns_per_event: ns, events_per_second: ns.map((each) => 1e9 / each) };
  if (benchCase === HOP) {
    const tumble = median(nsPerRow({ ...TUMBLE, feed: HOP.feed }, generatedPipelines));
    return { ...figures, times_tumble: ns.map((each) => each / tumble) };
  }
  if (benchCase.bounds["faster_than_interpreter"] === undefined) return figures;
  const interpreted = median(nsPerRow(benchCase, interpretedPipelines));
  return { ...figures, faster_than_interpreter: ns.map((each) => interpreted / each) };
}

/** Nanoseconds of CPU per row, by round; a round before them warms up. */
function nsPerRow(benchCase: SqlCase, compiler: PipelineCompiler): number[] {
  const running = start(planText(benchCase.sql, { file: benchCase.name }), benchCase, compiler);
  const round = (): number => {
    let spentUs = 0;
    for (let row = 0; row < rows; row += BATCH_ROWS) {
      running.feed.fill();
      const before = process.cpuUsage();
      running.push(BATCH_ROWS);
      const { user, system } = process.cpuUsage(before);
      spentUs += user + system;
    }
    return (spentUs * 1000) / rows;
  };
  round();
  const measured = repeat(round);
  if (running.emitted() === 0) throw new Error(`${benchCase.name} gave no row`);
  return measured;
}

interface Running {
  readonly feed: Feed;
  /** The first `count` rows of the feed's batch. */
  push(count: number): void;
  emitted(): number;
}

function start(
  plan: Plan,
  { feed: shape }: Pick<SqlCase, "feed">,
  compiler: PipelineCompiler,
): Running {
  const [table] = plan.tables;
  if (table === undefined || plan.tables.length > 1) throw new Error("a case has one table");
  const host = {
    late: () => undefined,
    dataError: ({ reason }: { reason: string }) => {
      throw new Error(reason);
    },
  };
  let count = 0;
  const source = buildSource(table, { host, compiler });
  for (const query of plan.queries) {
    buildRule(query, {
      name: "bench",
      sources: () => source,
      sink: { row: () => void count++, watermark: () => undefined },
      host,
      compiler,
    });
  }
  const feed = new Feed(table, shape);
  return {
    feed,
    push: (rowCount) => source.push(feed.batch, 0, rowCount),
    emitted: () => count,
  };
}

/** Bytes on the heap and in array buffers that the open windows hold, after a collection. The keys' texts count. */
function stateBytes(): number[] {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const {
    feed: { keys },
    windows,
  } = STATE;
  return repeat(() => {
    const plan = planText(STATE.sql, { file: STATE.name });
    const running = start(plan, STATE, generatedPipelines);
    const before = memoryBytes(collect);
    for (let left = keys * windows; left > 0; left -= BATCH_ROWS) {
      running.feed.fill();
      running.push(Math.min(left, BATCH_ROWS));
    }
    const bytes = memoryBytes(collect) - before;
    // Asked after the measurement, so that the rule is still alive in it.
    if (running.emitted() > 0) throw new Error("a window has fired");
    return bytes / (keys * windows);
  });
}

function memoryBytes(collect: () => void): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function repeat(round: () => number): number[] {
  return Array.from({ length: rounds }, round);
}
