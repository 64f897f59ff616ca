import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventQueue } from "../../firmware-sim/event-queue.ts";

test("events leave by time, equal times in the order they came", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new EventQueue<{ timeMs: number; order: number }>();
      const pushed = times.map((timeMs, order) => ({ timeMs, order }));
      for (const event of pushed) queue.push(event.timeMs, event);
      const popped = Array.from({ length: queue.size }, () => queue.pop());
      assert.deepEqual(
        popped,
        pushed.toSorted((a, b) => a.timeMs - b.timeMs || a.order - b.order),
      );
      assert.equal(queue.pop(), undefined);
      assert.equal(queue.nextTimeMs, Infinity);
    }),
  );
});

test("events pushed while others are taken keep their place", () => {
  const queue = new EventQueue<string>();
  queue.push(10, "ten");
  queue.push(5, "five");
  assert.equal(queue.pop(), "five");
  queue.push(7, "seven");
  queue.push(10, "ten again");
  assert.equal(queue.nextTimeMs, 7);
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()], ["seven", "ten", "ten again"]);
});
