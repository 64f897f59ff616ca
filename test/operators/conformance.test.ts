// Every conformance case that headrace runs, on the operators themselves. One run is compared with the rows that a real
// Flink gave; all others must give the same rows, late rows and errors in the same order: generated and interpreted, in
// batches and row by row, rebuilt from snapshots after every event and after every seventh.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { caseList, readCase } from "../kit/conformance/cases.ts";
import { judgeOperators } from "../kit/conformance/judge.ts";

describe("conformance, operators alone", () => {
  for (const [name, status] of Object.entries(caseList())) {
    const conformanceCase = readCase(name);
    if (status === "refuse" || conformanceCase.outcome === "rejected") continue;
    it(`${name} gives Flink's rows, however it is run`, () => {
      const verdict = judgeOperators(conformanceCase);
      assert.notEqual(verdict.verdict, "failed", verdict.verdict === "failed" ? verdict.why : "");
    });
  }
});
