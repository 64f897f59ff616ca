// What the store says it wrote, against what the kernel says the process made the disk write.

import assert from "node:assert/strict";
import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { test, type TestContext } from "node:test";

import type { Store } from "../../src/store/store.ts";
import { bytesOf, entryOf, openForTest, storeOptions, temporaryFolder } from "./kit.ts";

const TMPFS = 0x0102_1994;

function skipReason(): string | false {
  if (process.platform !== "linux") return "counts are read from /proc";
  return statfsSync(tmpdir()).type === TMPFS ? "the temporary folder is in memory" : false;
}

function kernelBytes(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

function measure(store: Store, work: () => void): { counted: number; written: number } {
  const [counted, written] = [store.stats.flashBytes, kernelBytes()];
  work();
  return { counted: store.stats.flashBytes - counted, written: kernelBytes() - written };
}

const close = (context: TestContext, { counted, written }: ReturnType<typeof measure>): void => {
  context.diagnostic(`counted ${counted}, kernel ${written}`);
  const ratio = counted / written;
  assert.ok(ratio > 0.97 && ratio < 1.03, `counted ${counted} B, the kernel ${written} B`);
};

function commits(store: Store, from: number, through: number): void {
  for (let number = from; number <= through; number++) {
    store.commit({
      timeMs: number,
      journal: [entryOf(number)],
      outbox: [{ lane: "result", rows: 1, bytes: bytesOf(number, 300), logicalBytes: 300 }],
    });
    store.maintain();
    if (number % 10 === 0) store.confirm("result", number - 5, number);
  }
}

test(
  "the bytes of many commits are counted as the kernel counts them",
  { skip: skipReason() },
  (context) => {
    const store = openForTest(context, storeOptions(temporaryFolder(context)));
    close(
      context,
      measure(store, () => commits(store, 1, 300)),
    );
  },
);

test(
  "WAL checkpoints, the restart of the WAL and large engine checkpoints are counted, too",
  { skip: skipReason() },
  (context) => {
    const store = openForTest(context, storeOptions(temporaryFolder(context)));
    let number = 1;
    const work = (): void => {
      for (let round = 0; round < 3; round++) {
        // 30 MB of state: the WAL passes its limit, is copied, and starts again.
        const checkpoint = { state: bytesOf(round, 30_000_000), timeMs: 1, engineVersion: "v" };
        store.commit({ timeMs: 1, checkpoint });
        store.maintain();
        commits(store, number, (number += 40) - 1);
      }
    };
    close(context, measure(store, work));
    assert.ok(store.stats.flashBytes > 100_000_000, "the copies were part of it");
  },
);

test("a small commit writes two or three blocks", { skip: skipReason() }, (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  const small = (number: number): void => {
    store.commit({ timeMs: number, journal: [entryOf(number, 100)] });
  };
  small(1);
  const { written } = measure(store, () => {
    for (let number = 2; number <= 201; number++) small(number);
  });
  assert.ok(written / 200 < 12_000, `${written / 200} bytes per commit`);
});
