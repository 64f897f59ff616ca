// The core worker as the main thread has it: real threads on real folders, without sockets.

import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import type { GatewayError } from "../../src/core/errors.ts";
import type { MessageBatch } from "../../src/core/message-batch.ts";
import type { EngineProgress, EngineStatus } from "../../src/core/protocol.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import { CoreWorker } from "../../src/gateway/core-worker.ts";
import type { Committed } from "../../src/gateway/core-worker.ts";
import { Supervisor } from "../../src/gateway/supervisor.ts";
import { messageBatch } from "../decode/batch.ts";
import { engineConfig, FILTER_RULE, reading, TUMBLE_RULE, Workbench } from "../engine/kit.ts";
import type { ConfigChanges } from "../engine/kit.ts";
import { alter, recordingLog } from "../store/kit.ts";

/** A supervised worker; `committed` and `back` are told of as they come. */
class Watched {
  readonly supervisor: Supervisor;
  readonly committed: Committed[] = [];
  readonly progress: EngineProgress[] = [];
  back = 0;
  lost = 0;
  readonly #waiting = new Set<() => void>();
  #batches = 0;

  constructor(context: TestContext, changes: ConfigChanges = {}, rule: string = FILTER_RULE) {
    const directory = new Workbench(context).folder();
    const wake = (): void => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const resume of waiting) resume();
    };
    this.supervisor = new Supervisor({
      config: engineConfig(directory, { filter: rule }, changes),
      logger: recordingLog().log,
      findSchemas: async () => [],
      onCommitted: (message) => {
        this.committed.push(message);
        wake();
      },
      onProgress: (progress) => {
        this.progress.push(progress);
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

/** A worker without a supervisor, and how it ends by itself. */
function watchedWorker(config: EngineConfig) {
  const { promise: failure, resolve: onFailure } = Promise.withResolvers<GatewayError>();
  const logger = recordingLog();
  const options = {
    config,
    logger: logger.log,
    findSchemas: async () => [],
    onCommitted: () => {},
    onProgress: () => {},
    onFailure,
  };
  return { logger, failure, worker: new CoreWorker(options) };
}

describe("a core worker without batches", () => {
  it("is told the time and of links, and says when it wants to hear of it again", async (context) => {
    const timed = TUMBLE_RULE.replace("'format'", "'watermark.idle-timeout' = '10 s', 'format'");
    const watched = new Watched(context, { brokerSources: ["broker"] }, timed);
    const { supervisor } = watched;
    const ready = await supervisor.recovered();
    assert.equal(ready.nextDeadlineMs, Infinity);
    watched.submit({
      ...messageBatch([reading("a", { seq: 1, atMs: 0, v: 60 })]),
      engineTimeMs: 1000,
    });
    await watched.until(() => watched.committed.length === 1);
    assert.equal(watched.committed[0]?.progress.nextDeadlineMs, Infinity, "the broker is down");
    supervisor.worker.link("broker", true, 2000);
    supervisor.worker.clock(60_000);
    supervisor.worker.link("broker", false, 60_001);
    await watched.until(() => watched.progress.length === 3);
    assert.deepEqual(
      watched.progress.map(({ nextDeadlineMs, lanes }) => [
        nextDeadlineMs,
        lanes.find(({ lane }) => lane === "result")?.rows,
      ]),
      [
        [12_000, 0],
        [Infinity, 1],
        [Infinity, 1],
      ],
    );
  });
});

describe("a core worker that has ended", () => {
  it("refuses to read the outbox: an empty answer would say that the rows are gone", async (context) => {
    const worker = new CoreWorker({
      config: engineConfig(new Workbench(context).folder(), { filter: FILTER_RULE }),
      logger: recordingLog().log,
      findSchemas: async () => [],
      onCommitted: () => {},
      onProgress: () => {},
      onFailure: () => {},
    });
    await worker.ready;
    const bounds = { maxRows: 1, maxBytes: 1 };
    const before = worker.readOutbox("result", 0, bounds);
    await worker.terminate();
    await assert.rejects(before, { code: "STORE_WRITE", retryable: true });
    await assert.rejects(worker.readOutbox("result", 0, bounds), { code: "STORE_WRITE" });
    await assert.rejects(worker.stopRows([], []), { code: "STORE_WRITE" });
    await assert.rejects(worker.reconcile([]), { code: "STORE_WRITE" });
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
    await watched.until(() => watched.back === 1);
    const { lanes, recentAlarms } = await watched.status();
    assert.equal(lanes.find(({ lane }) => lane === "result")?.rows, 0);
    assert.match(recentAlarms.join(), /uplink_unreachable/);
  });
});

describe("a core worker whose data directory cannot be written", () => {
  it("drains the outbox from a copy, takes nothing, and gives way when an engine may be tried again", async (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    const life = bench.start(config);
    life.run([reading("a", { seq: 1, atMs: 0, v: 60 })]);
    life.stop();
    // Where a note has to be written there is a folder.
    const notes = join(config.directory, "attempts");
    rmSync(notes);
    mkdirSync(notes);
    const { logger, failure, worker } = watchedWorker(config);
    const { draining, lanes } = await worker.ready;
    assert.ok(draining);
    assert.equal(lanes.find(({ lane }) => lane === "result")?.rows, 1);
    assert.match(logger.messages.join(), /cannot be written/);
    const bounds = { maxRows: 9, maxBytes: 9999 };
    assert.equal((await worker.readOutbox("result", 0, bounds)).length, 1);
    await assert.rejects(worker.stopRows([], []), { code: "STORE_WRITE", retryable: true });
    assert.equal(await worker.reconcile([]), undefined);
    assert.match((await worker.status())?.blocked ?? "", /cannot be written/);
    assert.match((await failure).message, /can be written again/);
  });

  it("says what is wrong, and whose matter it is, when a newer version has written it", async (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE });
    bench.start(config).stop();
    alter(config.directory, "PRAGMA user_version = 999");
    const { failure, worker } = watchedWorker(config);
    await assert.rejects(worker.ready, { code: "STORE_VERSION", blame: "config" });
    assert.equal((await failure).code, "STORE_VERSION");
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
