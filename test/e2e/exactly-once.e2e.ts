// The proof of promise P2: real mosquitto, real Kafka, the built gateway killed again and again, and a read_committed
// reader that must see exactly the expected rows and alarms. It takes minutes: `npm run test:e2e`, not `npm test`. Sizes and seed
// come from the environment (size.ts).

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { FINDINGS, isClean, reportText } from "../../firmware-sim/checker/check.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { startMosquitto } from "../kit/mosquitto.ts";
import { requireService } from "../kit/services.ts";
import { readAsFlink } from "./kafka-reader.ts";
import { EndToEndRun, type Scoreboard, type Services } from "./run.ts";
import { e2eScenario, sizeOf } from "./size.ts";

const size = sizeOf(process.env);

test(
  "across kills and broker restarts a reader sees every row exactly once",
  { timeout: 20 * 60_000 },
  async (t) => {
    if (!requireService(t, "kafka") || !requireService(t, "mosquitto")) return;
    assert.ok(existsSync("dist/main.js"), "dist/ is missing: npm run build");
    const mosquitto = await startMosquitto();
    t.after(() => mosquitto.stop());
    const broker = await Broker.start();
    t.after(() => broker.remove());
    const { topics, alarmTopic } = e2eScenario(size.devices);
    for (const topic of topics)
      // Devices live in virtual time: by the audit's clock their rows are older than a topic keeps them.
      await broker.createTopic(topic, {
        partitions: topic === alarmTopic ? 1 : 3,
        configs: { "retention.ms": -1 },
      });

    const run = new EndToEndRun(size, services(mosquitto.port, broker), (text) => {
      process.stderr.write(`${text}\n`);
    });
    let score: Scoreboard;
    try {
      score = await run.run();
    } catch (error) {
      throw new Error(`${String(error)}\nrepeat: ${size.command}\n${await run.dispose()}`, {
        cause: error,
      });
    }
    await run.dispose();
    t.diagnostic(scoreboardText(score));
    assert.ok(isClean(score.report), `${reportText(score.report)}\nrepeat: ${size.command}`);
    assert.equal(score.digestMismatches, 0);
    assert.deepEqual(score.errors, []);
    assert.deepEqual(score.alarms, []);
    assert.equal(score.kafkaRestarts, 2);
    const { lives } = size;
    assert.equal(score.killed, lives.afterCommit + lives.afterEndTxn + lives.kills);
    assert.equal(score.killedAfterCommit, lives.afterCommit);
    assert.equal(score.killedAfterEndTxn, lives.afterEndTxn);
    assert.ok(score.slowestStopMs < 8_000, `a clean stop took ${score.slowestStopMs} ms`);
  },
);

function services(mosquittoPort: number, broker: Broker): Services {
  return {
    mosquittoPort,
    bootstrap: broker.bootstrap,
    read: async (topics) => await readCommitted(broker.bootstrap, topics),
    readAtTheEnd: async (topics) => await readAsFlink(broker.bootstrap, topics),
    restartKafka: async (how) => {
      await (how === "stop" ? broker.stop() : broker.kill());
      await broker.start();
    },
  };
}

function scoreboardText(score: Scoreboard): string {
  const { report, messages, errors, alarms, ...rest } = score;
  const found = FINDINGS.map((finding) => `${finding} ${report.counts[finding]}`).join(", ");
  const sent = Object.entries(messages).map(([side, count]) => `${side} ${count}`);
  const lines = [
    ...Object.entries(rest).map(([name, value]) => `${name} ${Math.round(value)}`),
    ...errors.map((line) => `error logged: ${line}`),
    ...alarms.map((alarm) => `alarm: ${alarm}`),
    `messages acknowledged: ${sent.join(", ")}`,
    `rows and alarm events: expected ${report.expected}, read ${report.actual}; ${found}`,
  ];
  return lines.join("\n");
}
