// `npm run bench`: the figures of acceptance, each the median of five rounds, beside their bounds. The load generator
// is its own process and its CPU is not counted. Needs the built dist/; Linux only (it reads /proc).
//   --quick            one short round of each case, for CI
//   --case NAME        only this case; may be repeated
//   --rounds, --seconds
//   --margin FACTOR    exit 1 if a figure misses its bound by more than this factor (1 = the bound itself)
//   --kafka HOST:PORT  a running broker; otherwise one is started if Java is there, else rows stay in a ring
// stdout has a table, then one JSON line.

import { parseArgs } from "node:util";
import { Broker } from "../kit/kafka/broker.ts";
import { findCommand } from "../kit/services.ts";
import { CASES } from "./cases.ts";
import { judge, lineText, type Line } from "./report.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    rounds: { type: "string" },
    seconds: { type: "string" },
    margin: { type: "string" },
    kafka: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const seconds = Number(values.seconds ?? (values.quick ? 2 : 6));
const margin = values.margin === undefined ? undefined : Number(values.margin);

const broker =
  values.kafka === undefined && findCommand("java") !== undefined
    ? await Broker.start()
    : undefined;
const kafka = values.kafka ?? broker?.bootstrap;
if (kafka === undefined) process.stdout.write("no Java: measured without Kafka\n");
const lines: Line[] = [];
try {
  for (const benchCase of CASES) {
    if (values.case !== undefined && !values.case.includes(benchCase.name)) continue;
    const figures = await benchCase.run({ rounds, seconds, kafka });
    const judged = judge(benchCase, figures, margin ?? 1);
    lines.push(...judged);
    process.stdout.write(judged.map(lineText).join(""));
  }
} finally {
  await broker?.remove();
}
process.stdout.write(`${JSON.stringify({ rounds, seconds, kafka: kafka !== undefined, lines })}\n`);
if (margin !== undefined && lines.some(({ ok }) => !ok)) process.exitCode = 1;
