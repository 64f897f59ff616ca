// Lets a real Flink write the expected rows of a new case, or checks those of an old one: nothing that stands is
// overwritten unless that is asked for. A case is written only if Flink does what it declares, in both variants.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareRows, parseRows } from "../compare-rows.ts";
import type { FlinkOracle, OracleAnswer } from "../flink/oracle.ts";
import type { CaseDescription, ConformanceCase } from "./cases.ts";

/** written: expected rows were put down; checked: they stand as Flink gives them. */
export type Recording =
  | { readonly result: "written" | "checked" }
  | { readonly result: "differs"; readonly why: string };

/** Asks Flink about a case. `rewrite` overwrites what stands. */
export async function record(
  conformanceCase: ConformanceCase,
  oracle: FlinkOracle,
  { rewrite }: { readonly rewrite: boolean },
): Promise<Recording> {
  const golden = await ask(conformanceCase, oracle, "golden");
  if (golden.outcome !== conformanceCase.outcome) {
    const told = "error" in golden ? `: ${golden.error}` : "";
    return differs(`${conformanceCase.outcome} is declared, Flink says ${golden.outcome}${told}`);
  }
  let variant: string | undefined;
  if (golden.outcome === "rows") {
    const again = await ask(conformanceCase, oracle, "golden");
    if (!sameRows(golden, again)) return differs("Flink gives other rows when it is asked again");
    variant = sameRows(golden, await ask(conformanceCase, oracle, "pushed")) ? "same" : "differs";
    if (variant === "differs" && conformanceCase.variantSensitive !== true) {
      return differs("Flink's rows depend on the variant, which variantSensitive does not say");
    }
  }
  const rows =
    golden.outcome === "rows" ? golden.rows.map((row) => `${row}\n`).join("") : undefined;
  const meta = metaText(golden, variant);
  const standing = readIfThere(conformanceCase, "expected.jsonl");
  const isNew = readIfThere(conformanceCase, "expected.meta.json") === undefined;
  if (!isNew && !rewrite) {
    return standing === rows
      ? { result: "checked" }
      : differs("Flink gives other rows than those that stand: --rewrite replaces them");
  }
  const file = join(conformanceCase.folder, "expected.jsonl");
  if (rows === undefined) rmSync(file, { force: true });
  else writeFileSync(file, rows);
  writeFileSync(join(conformanceCase.folder, "expected.meta.json"), meta);
  return { result: "written" };
}

function ask(
  { sql, lines, settle, config }: Pick<CaseDescription, "settle" | "config"> & ConformanceCase,
  oracle: FlinkOracle,
  variant: "golden" | "pushed",
): Promise<OracleAnswer> {
  return oracle.ask({
    sql,
    lines,
    variant,
    ...(settle === undefined ? {} : { settle }),
    ...(config === undefined ? {} : { config }),
  });
}

/** Whether two variants agree, floating-point numbers nearly. */
function sameRows(left: OracleAnswer, right: OracleAnswer): boolean {
  if (left.outcome !== "rows" || right.outcome !== "rows") return false;
  const [expected, actual] = [left, right].map(({ rows }) => parseRows(rows.join("\n")));
  const { missing, unexpected } = compareRows(expected ?? [], actual ?? [], left.columns);
  return missing.length === 0 && unexpected.length === 0;
}

function readIfThere({ folder }: ConformanceCase, name: string): string | undefined {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function metaText(answer: OracleAnswer, variant: string | undefined): string {
  if (!("flink" in answer)) throw new RangeError("an answer of Flink is wanted");
  const entries: [name: string, value: string][] = [
    ["flink", JSON.stringify(answer.flink)],
    ["outcome", JSON.stringify(answer.outcome)],
  ];
  if (answer.outcome === "rows") {
    entries.push(["rows", String(answer.rows.length)]);
    if (variant !== undefined) entries.push(["variant", JSON.stringify(variant)]);
    const columns = answer.columns.map(
      ({ name, type }) => `    {"name": ${JSON.stringify(name)}, "type": ${JSON.stringify(type)}}`,
    );
    entries.push(["columns", `[\n${columns.join(",\n")}\n  ]`]);
  } else entries.push(["error", JSON.stringify(answer.error)]);
  return `{\n${entries.map(([name, value]) => `  "${name}": ${value}`).join(",\n")}\n}\n`;
}

function differs(why: string): Recording {
  return { result: "differs", why };
}
