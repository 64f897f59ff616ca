// `headrace sql --explain` against golden files: explain/NAME.sql gives explain/NAME.txt. UPDATE_GOLDEN=1 writes them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { explainPlan, explainText } from "../../../src/cli/sql/explain.ts";
import type { ExplainedOperator } from "../../../src/sql/explain/describe.ts";
import { planText } from "../../../src/engine/plan-text.ts";
import { Program } from "../../gateway/process.ts";

const FOLDER = join(import.meta.dirname, "explain");

describe("headrace sql --explain", () => {
  const rules = readdirSync(FOLDER).filter((file) => file.endsWith(".sql"));
  for (const file of rules) {
    it(`shows the plan of ${file}`, () => {
      const plan = planText(readFileSync(join(FOLDER, file), "utf8"), { file });
      const text = explainText(explainPlan(plan));
      const golden = join(FOLDER, file.replace(".sql", ".txt"));
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
      assert.equal(text, readFileSync(golden, "utf8"));
    });
  }

  it("prints the same as text and, with --json, as data", async (context) => {
    const rule = join(FOLDER, "pushed-and-pruned.sql");
    const text = new Program(context, ["sql", rule, "--explain"]);
    assert.equal((await text.exited).code, 0);
    const golden = readFileSync(rule.replace(".sql", ".txt"), "utf8");
    assert.equal(`${text.stdout.all.join("\n")}\n`, golden);

    const json = new Program(context, ["sql", rule, "--explain", "--json"]);
    assert.equal((await json.exited).code, 0);
    const { queries } = JSON.parse(json.stdout.all.join("")) as {
      queries: { plan: ExplainedOperator; edgeOnly: string[]; line: number }[];
    };
    const [query] = queries;
    assert.ok(query !== undefined);
    assert.deepEqual([query.line, query.edgeOnly], [6, []]);
    const names: string[] = [];
    const visit = ({ operator, inputs }: ExplainedOperator): void => {
      names.push(operator.split(" ")[0] ?? "");
      inputs.forEach(visit);
    };
    visit(query.plan);
    assert.deepEqual(names, ["project", "filter", "aggregate", "filter", "scan"]);
    const hop = query.plan.inputs[0]?.inputs[0];
    assert.equal(hop?.state?.panesPerWindow, 60);
    assert.deepEqual(hop?.state?.growing, ["COUNT(DISTINCT a * 2)"]);
  });

  it("needs no input, and --json needs --explain", async (context) => {
    const rule = join(FOLDER, "pushed-and-pruned.sql");
    for (const [args, says] of [
      [[rule], /--input is missing/],
      [[rule, "--json"], /--json goes with --explain/],
    ] as const) {
      const program = new Program(context, ["sql", ...args]);
      assert.equal((await program.exited).code, 2);
      assert.match(program.stderr.all.join("\n"), says);
      assert.deepEqual(program.stdout.all, []);
    }
  });
});
