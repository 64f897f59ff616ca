// Saved states: one of another version, or of another rule, is refused and not misread.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { Relation, WindowSpec } from "../../src/sql/plan.ts";
import * as plan from "./plans.ts";

const readings = plan.table({ device: plan.STRING, ts: plan.TS3 }, { column: "ts", delayMs: 0 });
const scan = plan.scan(readings);
const TUMBLE: WindowSpec = { kind: "tumble", sizeMs: 1000, offsetMs: 0 };
const SESSION: WindowSpec = { kind: "session", gapMs: 1000, partition: [0] };

function counted(window: WindowSpec): Relation {
  return plan.groupBy(scan, {
    window,
    time: "ts",
    keys: ["device"],
    aggregates: [plan.aggregate("COUNT", plan.BIGINT)],
  });
}

function union(...inputs: readonly Relation[]): Relation {
  return { kind: "union", inputs, fields: inputs[0]?.fields ?? [] };
}

const host = { late: () => undefined, dataError: () => undefined };

function build(root: Relation, state?: unknown): ReturnType<typeof buildRule> {
  const source = buildSource(readings, { host });
  const sink = { row: () => undefined, watermark: () => undefined };
  return buildRule(plan.query(root), { name: "r", sources: () => source, sink, host }, state);
}

interface Saved {
  readonly owner: string;
  version: number;
  readonly operators: Saved[];
}

function refused(work: () => unknown, message: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, "STORE_VERSION");
    assert.match(error.message, message);
    return true;
  });
}

describe("a saved state", () => {
  for (const [owner, root] of Object.entries({
    "window-aggregate": counted(TUMBLE),
    "session-aggregate": counted(SESSION),
    union: union(scan, scan),
  })) {
    it(`of ${owner} in another version is refused`, () => {
      const state = build(root).snapshot() as Saved;
      assert.equal(state.operators[0]?.owner, owner);
      for (const operator of state.operators) operator.version++;
      refused(() => build(root, state), new RegExp(`of ${owner} of version \\d+, not of ${owner}`));
    });
  }

  it("of a rule or a source in another version is refused", () => {
    const root = counted(TUMBLE);
    const rule = build(root).snapshot() as Saved;
    refused(() => build(root, { ...rule, version: 99 }), /of rule of version 99/);
    const source = buildSource(readings, { host }).snapshot() as Saved;
    refused(
      () => buildSource(readings, { host }, { ...source, version: 99 }),
      /of source of version 99/,
    );
  });

  it("of a rule with other operators is refused", () => {
    const state = build(counted(TUMBLE)).snapshot();
    refused(() => build(counted(SESSION), state), /of window-aggregate/);
    refused(() => build(scan, state), /a rule of 1 operators, not of one of 0/);
  });
});
