import assert from "node:assert/strict";
import { test } from "node:test";

import { type BudgetHolder, ByteBudget } from "../../src/ingest/byte-budget.ts";

class Holder implements BudgetHolder {
  grants: number[] = [];
  overdues = 0;

  granted(bytes: number): void {
    this.grants.push(bytes);
  }

  overdue(): void {
    this.overdues++;
  }
}

test("large frames share the first half, first come, first served", () => {
  const budget = new ByteBudget(200_000);
  const [a, b, c] = [new Holder(), new Holder(), new Holder()];
  assert.ok(budget.reserve(a, 60_000));
  assert.ok(!budget.reserve(b, 60_000));
  assert.ok(budget.reserve(c, 40_000), "fits beside a");
  budget.release(c, 40_000);
  assert.deepEqual(b.grants, []);
  budget.release(a, 60_000);
  assert.deepEqual(b.grants, [60_000]);
  budget.release(b, 60_000);
  assert.equal(budget.used, 0);
});

test("one frame is always possible, however large", () => {
  const budget = new ByteBudget(1000);
  assert.ok(budget.reserve(new Holder(), 1_000_000));
});

test("small frame buffers are free", () => {
  const budget = new ByteBudget(1000);
  for (let i = 0; i < 10_000; i++) assert.ok(budget.reserve(new Holder(), 4096));
  assert.ok(!budget.strained);
});

test("a holder is overdue only while others wait", () => {
  const budget = new ByteBudget(200_000);
  const [slow, waiting] = [new Holder(), new Holder()];
  budget.reserve(slow, 100_000);
  budget.sweep(70_000);
  assert.equal(slow.overdues, 0);
  budget.reserve(waiting, 100_000);
  budget.sweep(71_000);
  assert.equal(slow.overdues, 1);
  budget.forget(waiting);
  budget.sweep(72_000);
  assert.equal(slow.overdues, 1);
});

test("when the second half is used up all sources stop reading, and resume well below it", () => {
  const budget = new ByteBudget(200_000);
  const told: boolean[] = [];
  const source = { setAllReading: (reading: boolean) => told.push(reading) };
  budget.attach(source);
  budget.queue(100_000);
  assert.deepEqual(told, []);
  budget.queue(1);
  budget.queue(50_000);
  assert.deepEqual(told, [false]);
  budget.unqueue(100_000);
  assert.deepEqual(told, [false]);
  budget.unqueue(10_000);
  assert.deepEqual(told, [false, true]);
  budget.detach(source);
  budget.queue(200_000);
  assert.deepEqual(told, [false, true]);
});
