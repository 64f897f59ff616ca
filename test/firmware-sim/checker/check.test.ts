import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ActualRow,
  checkRows,
  type Finding,
  FINDINGS,
  isClean,
  reportText,
} from "../../../firmware-sim/checker/check.ts";
import { expectTable } from "../../../firmware-sim/checker/expect.ts";
import { rowsOfJsonLines, rowsOfStdout } from "../../../firmware-sim/checker/read.ts";
import { faultlessRows, tableFixture } from "./scenario-fixture.ts";

const TABLE = tableFixture();
const EXPECTED = expectTable(TABLE).rows;
const FAULTLESS = faultlessRows(TABLE);

/** Checks `rows` and demands exactly these findings and an example of each. */
async function assertFindings(
  rows: readonly ActualRow[],
  findings: Partial<Record<Finding, number>>,
): Promise<void> {
  const report = await checkRows(EXPECTED, rows);
  const none = Object.fromEntries(FINDINGS.map((finding) => [finding, 0]));
  assert.deepEqual(report.counts, { ...none, ...findings }, reportText(report));
  for (const finding of Object.keys(findings))
    assert.ok(report.examples.some((text) => text.startsWith(`${finding}: `)));
  assert.equal(isClean(report), Object.keys(findings).length === 0);
}

/** Where the first row of this topic stands that also satisfies `which`. */
function indexOf(topic: string, which: (row: ActualRow) => boolean = () => true): number {
  const index = FAULTLESS.findIndex((row) => row.topic === topic && which(row));
  assert.ok(index >= 0);
  return index;
}

function altered(index: number, change: (fields: Record<string, unknown>) => void): ActualRow[] {
  const row = FAULTLESS[index]!;
  const fields = JSON.parse(row.value) as Record<string, unknown>;
  change(fields);
  return FAULTLESS.with(index, { ...row, value: JSON.stringify(fields) });
}

test("the faultless rows are clean, and there are rows of every rule", async () => {
  await assertFindings(FAULTLESS, {});
  assert.deepEqual(
    new Set(EXPECTED.map(({ rule }) => rule)),
    new Set(["by_device", "by_line", "too_hot", "rough"]),
  );
});

for (const topic of ["by_device", "by_line", "headrace.alarms"]) {
  test(`one dropped row of ${topic} is one lost`, async () => {
    await assertFindings(FAULTLESS.toSpliced(indexOf(topic), 1), { lost: 1 });
  });

  test(`one repeated row of ${topic} is one duplicated, under the old number or a new one`, async () => {
    const row = FAULTLESS[indexOf(topic)]!;
    await assertFindings([...FAULTLESS, row], { duplicated: 1 });
    const renumbered = { ...row, headers: { headrace: "gw/ffffffffffffffff/result/1" } };
    await assertFindings([...FAULTLESS, renumbered], { duplicated: 1 });
  });

  test(`one row of ${topic} that nobody expects is one unexpected`, async () => {
    const row = FAULTLESS[indexOf(topic)]!;
    const alien = {
      ...row,
      value: row.value.replace(/2023/, "2031").replace(/\/1"/, '/99"'),
      headers: {},
    };
    await assertFindings([...FAULTLESS, alien], { unexpected: 1 });
  });

  test(`one row of ${topic} under another Kafka key is one wrong`, async () => {
    const index = indexOf(topic);
    await assertFindings(FAULTLESS.with(index, { ...FAULTLESS[index]!, key: "other" }), {
      wrong: 1,
    });
  });
}

test("one altered value is one wrong, in a window row and in an alarm event", async () => {
  await assertFindings(
    altered(indexOf("by_device"), (fields) => (fields["n"] = Number(fields["n"]) + 1)),
    { wrong: 1 },
  );
  await assertFindings(
    altered(
      indexOf("by_device"),
      (fields) => (fields["temp_stddev"] = Number(fields["temp_stddev"]) + 1e-6),
    ),
    { wrong: 1 },
  );
  await assertFindings(
    altered(indexOf("headrace.alarms"), (fields) => (fields["value"] = 1)),
    { wrong: 1 },
  );
});

test("any one row dropped, repeated or altered is reported as exactly that", async () => {
  const anyRow = fc.nat({ max: FAULTLESS.length - 1 });
  const mutation = fc.constantFrom("lost", "duplicated", "wrong");
  await fc.assert(
    fc.asyncProperty(anyRow, mutation, async (index, finding) => {
      const row = FAULTLESS[index]!;
      const mutated =
        finding === "lost"
          ? FAULTLESS.toSpliced(index, 1)
          : finding === "duplicated"
            ? FAULTLESS.toSpliced(index, 0, row)
            : altered(index, (fields) => {
                // The last column of the rule's own: a value of the window, the occurrence of the alarm.
                const name = "occurrence" in fields ? "occurrence" : Object.keys(fields).at(-1)!;
                fields[name] = Number(fields[name]) + 1;
              });
      await assertFindings(mutated, { [finding]: 1 });
    }),
    { numRuns: 60 },
  );
});

test("a column too many or too few is one wrong", async () => {
  await assertFindings(
    altered(indexOf("by_line"), (fields) => (fields["extra"] = 1)),
    { wrong: 1 },
  );
  await assertFindings(
    altered(indexOf("by_line"), (fields) => delete fields["n"]),
    { wrong: 1 },
  );
});

test("a row that counts a late fact is one late", async () => {
  const expected = EXPECTED.find(
    ({ rule, ifLateCounted }) => rule === "by_device" && ifLateCounted,
  )!;
  const index = indexOf("by_device", ({ key, value }) => {
    const start = new Date(Number(expected.fields["window_start"])).toISOString().slice(11, 19);
    return key === expected.key && value.includes(`"window_start":"2023-11-14 ${start}`);
  });
  const rows = altered(index, (fields) => {
    for (const name of ["n", "temp_avg", "temp_stddev"])
      fields[name] = expected.ifLateCounted![name];
  });
  await assertFindings(rows, { late: 1 });
});

test("two rows of one key in the wrong order are one reordered", async () => {
  const first = indexOf("by_device");
  const { key } = FAULTLESS[first]!;
  const second = FAULTLESS.findIndex(
    (row, i) => i > first && row.topic === "by_device" && row.key === key,
  );
  const rows = FAULTLESS.with(first, FAULTLESS[second]!).with(second, FAULTLESS[first]!);
  await assertFindings(rows, { reordered: 1 });
});

test("a value that is not JSON is unexpected", async () => {
  await assertFindings([...FAULTLESS, { topic: "by_line", key: "x", value: "{", headers: {} }], {
    unexpected: 1,
  });
});

test("examples are few, counts complete", async () => {
  const report = await checkRows(EXPECTED, []);
  assert.equal(report.counts.lost, EXPECTED.length);
  assert.equal(report.examples.length, 5);
});

test("rows are read from a JSONL file and from the gateway's stdout alike", async () => {
  const lines = FAULTLESS.map((row) => JSON.stringify(row)).join("\n");
  await assertFindings([...rowsOfJsonLines(`${lines}\n`)], {});
  const stdout = FAULTLESS.map(({ topic, value }) => {
    const fields = JSON.parse(value) as Record<string, unknown>;
    return JSON.stringify(
      topic === "headrace.alarms" ? { alarm: fields } : { rule: topic, row: fields },
    );
  });
  const text = ['{"event":"ready","http":null}', "a readable line", ...stdout].join("\n");
  await assertFindings([...rowsOfStdout(text, TABLE.rules)], {});
});
