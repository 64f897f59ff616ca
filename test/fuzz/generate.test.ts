import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SCALAR_FUNCTIONS } from "../../src/sql/functions/registry.ts";
import { templatesOf } from "./forms.ts";
import { generateCase } from "./generate.ts";
import { shrink } from "./shrink.ts";
import { render } from "./tree.ts";

describe("the generator of queries", () => {
  it("can write every function and operator of the registry", () => {
    const unwritten = SCALAR_FUNCTIONS.filter((entry) => templatesOf(entry).length === 0);
    assert.deepEqual(
      unwritten.map(({ id, names }) => names?.[0] ?? id),
      [],
    );
  });

  it("gives the same case for the same seed and number, whatever came before", () => {
    const [first] = [3, 4].map((index) => generateCase(7, index));
    const again = generateCase(7, 3);
    assert.equal(render(again.sql), render(first?.sql ?? ""));
    assert.deepEqual(again.lines, first?.lines);
  });

  it("shrinks a case to what makes the difference", async () => {
    const found = generateCase(1, 0);
    const keeps = found.lines[1] ?? "";
    const smallest = await shrink(found, ({ sql, lines }) =>
      Promise.resolve(lines.includes(keeps) && render(sql).includes("SELECT")),
    );
    assert.deepEqual(smallest.lines, [keeps]);
    assert.ok(render(smallest.sql).length < render(found.sql).length);
  });
});
