// `npm run conformance [names…]`: the conformance cases by feature, run in every way. With --flink, a real Flink writes
// the expected rows of new cases and checks those of the others; --rewrite lets it overwrite them. Exit code 1 when
// a case fails.

import { parseArgs } from "node:util";
import {
  caseList,
  caseNames,
  listCases,
  readCase,
  type CaseStatus,
} from "../kit/conformance/cases.ts";
import { judge, judgeOperators, type Verdict } from "../kit/conformance/judge.ts";
import { record } from "../kit/conformance/record.ts";
import { FlinkOracle } from "../kit/flink/oracle.ts";
import { waysOf } from "../operators/run-case.ts";
import { lacksService } from "../kit/services.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { flink: { type: "boolean" }, rewrite: { type: "boolean" } },
});
const all = caseNames();
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(", ")}`);
const names = positionals.length === 0 ? all : positionals;
const recorded = options.flink !== true || (await recordAll());
const passed = judgeAll();
process.exitCode = recorded && passed ? 0 : 1;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Asks Flink about the cases; false when something does not stand. */
async function recordAll(): Promise<boolean> {
  const reason = lacksService("flink");
  if (reason !== undefined) throw new Error(reason);
  const oracle = new FlinkOracle();
  const counts = { written: 0, checked: 0, differs: 0 };
  for (const name of names) {
    const recording = await record(readCase(name), oracle, { rewrite: options.rewrite === true });
    counts[recording.result]++;
    if (recording.result === "written") print(`written  ${name}`);
    if (recording.result === "differs") print(`DIFFERS  ${name}: ${recording.why}`);
  }
  await oracle.close();
  print(`Flink: ${counts.written} written, ${counts.checked} checked, ${counts.differs} differ\n`);
  return counts.differs === 0;
}

/** A case that is not listed yet is listed as what headrace does with it. */
function statusOf(name: string): CaseStatus {
  const listed = caseList()[name];
  if (listed !== undefined) return listed;
  const refused = judge(readCase(name), "refuse").verdict === "refused";
  const { outcome } = readCase(name);
  const status = refused && outcome !== "rejected" ? "refuse" : "pass";
  listCases({ [name]: status });
  print(`listed   ${name}: ${status}`);
  return status;
}

interface Counts {
  passed: number;
  refused: number;
  failed: number;
}

/** Runs the cases in every way and prints them by feature; false when one fails. */
function judgeAll(): boolean {
  const byTag = new Map<string, Counts>();
  const total: Counts = { passed: 0, refused: 0, failed: 0 };
  for (const name of names) {
    const status = statusOf(name);
    const conformanceCase = readCase(name);
    const runs = status === "pass" && conformanceCase.outcome !== "rejected";
    const verdicts: [how: string, verdict: Verdict][] = [
      ["headrace sql", judge(conformanceCase, status)],
    ];
    if (runs) verdicts.push(["operators", judgeOperators(conformanceCase)]);
    const verdict = worst(verdicts.map(([, each]) => each));
    total[verdict]++;
    for (const tag of conformanceCase.tags) {
      const counts = byTag.get(tag) ?? { passed: 0, refused: 0, failed: 0 };
      counts[verdict]++;
      byTag.set(tag, counts);
    }
    for (const [how, each] of verdicts) {
      if (each.verdict === "failed") print(`FAILED   ${name} (${how}): ${each.why}`);
    }
  }
  for (const [tag, counts] of [...byTag].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    print(`${tag.padEnd(28)} ${countsText(counts)}`);
  }
  print(`\n${"all".padEnd(28)} ${countsText(total)}`);
  print("as headrace sql, and the operators in each way to run them:");
  for (const { way } of waysOf(1)) print(`  ${way}`);
  return total.failed === 0;
}

function worst(verdicts: readonly Verdict[]): Verdict["verdict"] {
  return (
    verdicts.find(({ verdict }) => verdict === "failed")?.verdict ??
    verdicts[0]?.verdict ??
    "failed"
  );
}

function countsText({ passed: ok, refused, failed }: Counts): string {
  return `${String(ok).padStart(4)} passed ${String(refused).padStart(4)} refused as intended ${String(failed).padStart(4)} failed`;
}
