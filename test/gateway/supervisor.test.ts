// The core worker as the main thread has it: real threads on real folders, without sockets.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import type { MessageBatch } from "../../src/core/message-batch.ts";
import type { EngineStatus } from "../../src/core/protocol.ts";
import { CoreWorker } from "../../src/gateway/core-worker.ts";
import type { Committed } from "../../src/gateway/core-worker.ts";
import { Supervisor } from "../../src/gateway/supervisor.ts";
import { messageBatch } from "../decode/batch.ts";
import { engineConfig, FILTER_RULE, reading, Workbench } from "../engine/kit.ts";
import type { ConfigChanges } from "../engine/kit.ts";
import { recordingLog } from "../store/kit.ts";

/** A supervised worker; `committed` and `back` are told of as they come. */
class Watched {
  readonly supervisor: Supervisor;
  readonly committed: Committed[] = [];
  back = 0;
  lost = 0;
  readonly #waiting = new Set<() => void>();
  #batches = 0;

  constructor(context: TestContext, changes: ConfigChanges = {}) {
    const directory = new Workbench(context).folder();
    const wake = (): void => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const resume of waiting) resume();
    };
    this.supervisor = new Supervisor({
      config: engineConfig(directory, { filter: FILTER_RULE }, changes),
      logger: recordingLog().log,
      onCommitted: (message) => {
        this.committed.push(message);
        wake();
      },
      onLost: () => {
        this.lost++;
        wake();
      },
      onBack: () => {
        this.back++;
        wake();
      },
      onFatal: (code) => assert.fail(`exit ${code}`),
    });
    context.after(() => this.supervisor.stop(5000));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  submit(batch: MessageBatch): void {
    this.supervisor.worker.submit({ ...batch, id: ++this.#batches });
  }

  /** Hands over what no listener sends: the worker ends with an assertion. */
  async breakWorker(): Promise<void> {
    const lost = this.lost;
    const batch = messageBatch([reading("a", { seq: 9, atMs: 0, v: 1 })]);
    const nameless = { ...batch, topicIds: Uint32Array.of(99), topicNames: new Map() };
    this.submit(nameless);
    await this.until(() => this.lost > lost);
  }

  async status(): Promise<EngineStatus> {
    const status = await this.supervisor.worker.status();
    assert.ok(status !== undefined);
    return status;
  }
}

describe("a core worker that has ended", () => {
  it("refuses to read the outbox: an empty answer would say that the rows are gone", async (context) => {
    const worker = new CoreWorker({
      config: engineConfig(new Workbench(context).folder(), { filter: FILTER_RULE }),
      logger: recordingLog().log,
      onCommitted: () => {},
      onFailure: () => {},
    });
    await worker.ready;
    const bounds = { maxRows: 1, maxBytes: 1 };
    const before = worker.readOutbox("result", 0, bounds);
    await worker.terminate();
    await assert.rejects(before, { code: "STORE_WRITE", retryable: true });
    await assert.rejects(worker.readOutbox("result", 0, bounds), { code: "STORE_WRITE" });
    assert.equal(await worker.status(), undefined);
  });

  it("is replaced by one that hears what was said meanwhile", async (context) => {
    const watched = new Watched(context);
    const { supervisor } = watched;
    await supervisor.recovered();
    watched.submit(messageBatch([reading("a", { seq: 1, atMs: 0, v: 60 })]));
    await watched.until(() => watched.committed.length === 1);
    assert.equal((await watched.status()).lanes.find(({ lane }) => lane === "result")?.rows, 1);

    await watched.breakWorker();
    supervisor.confirmOutbox("result", 1);
    supervisor.gatewayAlarm("uplink_unreachable", "no route");
    supervisor.undeliverable([
      { rule: "filter", topic: "high", reason: "too large", value: Buffer.from("{}") },
    ]);
    await watched.until(() => watched.back === 1);
    const { lanes, recentAlarms, metrics } = await watched.status();
    assert.equal(lanes.find(({ lane }) => lane === "result")?.rows, 0);
    assert.match(recentAlarms.join(), /uplink_unreachable/);
    const dead = metrics.find(({ name, labels }) => {
      return name === "headrace_dead_letter_total" && labels["reason"] === "undeliverable";
    });
    assert.equal(dead?.value, 1);
  });
});

describe("a batch that may not run", () => {
  it("waits for room in the database, and runs once what was delivered is deleted", async (context) => {
    const MIB = 1024 * 1024;
    const quota = { quotaBytes: 64 * MIB, whenFull: "block" } as const;
    const watched = new Watched(context, {
      store: {
        quotaBytes: 2 * MIB,
        lanes: { alarm: quota, result: quota, raw: quota, local: quota },
        journal: { quotaBytes: MIB / 4, ageMs: 1e9 },
        flashBudgetBytesPerDay: undefined,
      },
    });
    await watched.supervisor.recovered();
    let sent = 0;
    // Rows that do not compress, so that it is soon full.
    const random = (): number => ((sent * 7919 + Math.trunc(Math.sin(sent) * 1e9)) % 1e9) + 100;
    let blocked: string | undefined;
    while (blocked === undefined) {
      const messages = Array.from({ length: 200 }, () =>
        reading("a", { seq: ++sent, atMs: sent, v: random() ** 2 / 7 }),
      );
      watched.submit(messageBatch(messages));
      ({ blocked } = await watched.status());
    }
    assert.equal(blocked, "the database is full");
    const before = watched.committed.length;
    const last = (await watched.status()).lanes.find(({ lane }) => lane === "result")?.lastSequence;
    watched.supervisor.confirmOutbox("result", last ?? 0);
    await watched.until(() => watched.committed.length > before);
    assert.equal((await watched.status()).blocked, undefined);
  });
});
