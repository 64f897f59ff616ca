// A found difference as a conformance case, with the rows that Flink gives.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { caseFolder, listCases, readCase, type CaseDescription } from "../kit/conformance/cases.ts";
import { record } from "../kit/conformance/record.ts";
import type { FlinkOracle, OracleAnswer } from "../kit/flink/oracle.ts";
import type { FuzzCase } from "./generate.ts";
import { render } from "./tree.ts";

export interface Finding {
  readonly name: string;
  readonly found: FuzzCase;
  readonly difference: string;
  /** How it was found. */
  readonly source: string;
}

/** Writes the case folder and lists it as one that must pass. */
export async function keep(finding: Finding, oracle: FlinkOracle): Promise<void> {
  const { name, found, difference, source } = finding;
  const sql = render(found.sql);
  const golden = await oracle.ask({ sql, lines: found.lines });
  const pushed = await oracle.ask({ sql, lines: found.lines, variant: "pushed" });
  const description: CaseDescription = {
    title: `Found by the fuzzer: ${difference}`,
    probes: difference,
    source,
    tags: ["fuzz"],
    tier: 1,
    outcome: outcomeOf(golden),
    ...(JSON.stringify(golden) === JSON.stringify(pushed) ? {} : { variantSensitive: true }),
  };
  const folder = caseFolder(name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "case.json"), `${JSON.stringify(description, null, 2)}\n`);
  writeFileSync(join(folder, "query.sql"), sql);
  writeFileSync(join(folder, "input.jsonl"), found.lines.map((line) => `${line}\n`).join(""));
  await record(readCase(name), oracle, { rewrite: true });
  listCases({ [name]: "pass" });
}

function outcomeOf({ outcome }: OracleAnswer): CaseDescription["outcome"] {
  if (outcome === "rows" || outcome === "rejected" || outcome === "fails") return outcome;
  throw new Error(`Flink gave no answer: ${outcome}`);
}
