// Every conformance case as `headrace sql` runs it: decoder, front end, operators. A case that is in neither way what
// the list says fails, so the list cannot drift.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { caseList, caseNames, readCase } from "./kit/conformance/cases.ts";
import { judge } from "./kit/conformance/judge.ts";

const LIST = caseList();

describe("conformance", () => {
  it("lists every case, and no other", () => {
    assert.deepEqual(Object.keys(LIST), caseNames());
  });
  for (const [name, status] of Object.entries(LIST)) {
    it(`${name}: ${status}`, () => {
      const verdict = judge(readCase(name), status);
      assert.notEqual(verdict.verdict, "failed", verdict.verdict === "failed" ? verdict.why : "");
    });
  }
});
