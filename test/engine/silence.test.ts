// Devices that fall silent altogether: an alarm and a table, by engine time, the same after every restart.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileRules } from "../../src/config/profile-rules.ts";
import { DeviceSilence } from "../../src/engine/device-silence.ts";
import { engineStatus } from "../../src/engine/status.ts";
import { profileText } from "../config/profile-text.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, kafkaSink, valuesOf, Workbench } from "./kit.ts";
import type { Life, Rules } from "./kit.ts";

const PROFILE = parseProfile(
  profileText({ gateway: "  quality: {silentFor: {device: 60s}}\n" }),
  "press.yaml",
);
const RULES: Rules = {
  ...Object.fromEntries(profileRules(PROFILE).map(({ file, text }) => [file, text])),
  rows:
    kafkaSink("changes", "device STRING, silent BOOLEAN, since TIMESTAMP_LTZ(3)") +
    "INSERT INTO changes SELECT device, silent, event_time FROM `press-12_silence`;",
};

type Step = (life: Life) => void;

/** A message `atMs` after the start, by the wall and the engine's clock. */
function says(device: string, atMs: number, payload = '{"t":1}'): Step {
  const client = { source: "broker", clientId: "gateway", session: 1 };
  const message: TestMessage = { topic: `plant/l1/${device}`, payload, client, afterMs: atMs };
  return (life) => void life.run([message], 0);
}

const tick =
  (atMs: number): Step =>
  ({ engine }) =>
    void engine.time.tick(atMs);
const link =
  (isUp: boolean, atMs: number): Step =>
  ({ engine }) =>
    engine.time.link({ source: "broker", isUp }, atMs);

function run(context: Pick<TestContext, "after">, steps: readonly Step[], kill?: number): Life {
  const bench = new Workbench(context);
  const changes = { profiles: [PROFILE], brokerSources: ["broker"] };
  const config = engineConfig(bench.folder(), RULES, changes);
  let life = bench.start(config);
  for (const [i, step] of steps.entries()) {
    if (i === kill) {
      life = bench.restart(life, config);
      link(true, 0)(life);
    }
    step(life);
  }
  assert.equal(life.engine.state.digestMismatches, 0);
  return life;
}

/** Alarms as they leave, and the rows of the table. */
function shown({ engine }: Life): { alarms: string[]; rows: string[] } {
  const text = (values: Record<string, unknown>[], keys: readonly string[]): string[] =>
    values.map((value) =>
      keys
        .map((key) => String(value[key]))
        .join(" ")
        .replaceAll(/2026-01-01 |Z/g, ""),
    );
  return {
    alarms: text(valuesOf(engine, "press-12.silent"), ["series", "state", "event_time"]),
    rows: text(valuesOf(engine, "rows"), ["device", "silent", "since"]),
  };
}

describe("devices that are missed", () => {
  it("raise an alarm when no message of them comes, whatever it would hold, and clear it with the next", (context) => {
    const life = run(context, [
      link(true, 0),
      says("a", 1000),
      says("b", 2000, "no JSON"),
      says("a", 50_000),
      tick(61_999),
      tick(62_001),
      says("a", 100_000),
      says("b", 130_000),
      says("a", 131_000),
      tick(192_000),
      tick(193_000),
    ]);
    assert.deepEqual(shown(life), {
      alarms: [
        "b raised 00:01:02",
        "b returned 00:02:10",
        "b raised 00:03:10",
        "a raised 00:03:11",
      ],
      rows: [
        "a false 00:00:01",
        "b false 00:00:02",
        "b true 00:01:02",
        "b false 00:02:10",
        "b true 00:03:10",
        "a true 00:03:11",
      ],
    });
    const devices = engineStatus(life.engine, undefined).metrics.filter(
      ({ name, labels }) => name === "headrace_devices" && labels["table"] === "press-12_silence",
    );
    assert.deepEqual(
      devices.map(({ labels, value }) => [labels["state"], value]),
      [
        ["active", 0],
        ["silent", 2],
      ],
    );
  });

  it("are not missed while the link is down, and get their time anew when it is up", (context) => {
    const life = run(context, [
      link(true, 0),
      says("a", 1000),
      link(false, 30_000),
      tick(200_000),
      link(true, 300_000),
      tick(359_000),
      tick(360_000),
      tick(362_000),
    ]);
    assert.deepEqual(shown(life).alarms, ["a raised 00:06:00"]);
  });

  it("say so at the time at which it was, however late that is noticed, and never in the past", (context) => {
    const back: Step = (life) => {
      const message = { topic: "plant/l1/a", payload: "{}", afterMs: 0 };
      // Engine time 200 s, though the clock on the wall was put back to the start.
      life.run([message], 200_000);
    };
    const life = run(context, [
      link(true, 0),
      says("a", 1000),
      says("b", 100_000),
      back,
      tick(400_000),
    ]);
    assert.deepEqual(shown(life).rows, [
      "a false 00:00:01",
      "a true 00:01:01",
      "b false 00:01:40",
      "b true 00:02:40",
      "a false 00:02:40.001",
      "a true 00:02:40.002",
    ]);
    assert.deepEqual(
      shown(life).alarms.map((text) => text.split(" ").slice(0, 2).join(" ")),
      ["a raised", "b raised", "a returned", "a raised"],
    );
  });

  it("are the same after a kill at any step", (context) => {
    const steps = [
      link(true, 0),
      says("a", 1000),
      says("b", 2000),
      tick(30_000),
      says("b", 40_000),
      tick(61_000),
      tick(62_000),
      says("a", 70_000),
      tick(120_000),
      tick(200_000),
    ];
    for (let kill = 1; kill < steps.length; kill++) {
      const before = shown(run(context, steps.slice(0, kill)));
      const after = shown(run(context, steps, kill));
      // The start gives them time anew: what was put out before stands.
      assert.deepEqual(after.rows.slice(0, before.rows.length), before.rows, `kill ${kill}`);
      assert.deepEqual(
        after.rows
          .slice(-2)
          .toSorted()
          .map((text) => text.slice(0, 6)),
        ["a true", "b true"],
      );
      assert.equal(
        after.rows.filter((text) => text.startsWith("a false")).length,
        after.rows.filter((text) => text.startsWith("a true")).length,
      );
    }
  });

  it("are bounded: one that was forgotten while silent is new when it comes back", () => {
    const changes: string[] = [];
    const options = {
      silentForMs: 10,
      maximum: 2,
      changed: ({
        device,
        isSilent,
        eventMs,
      }: {
        device: string;
        isSilent: boolean;
        eventMs: number;
      }) => void changes.push(`${device} ${String(isSilent)} ${eventMs}`),
    };
    let silence = new DeviceSilence(options, undefined);
    silence.hear("a", 0, 1000);
    silence.hear("b", 5, 1005);
    silence.tick(12);
    silence = new DeviceSilence(options, silence.snapshot());
    silence.hear("c", 13, 1013);
    silence.hear("a", 14, 1014);
    assert.equal(silence.evictions, 2);
    assert.deepEqual(silence.counts, { active: 2, silent: 0 });
    assert.deepEqual(changes, [
      "a false 1000",
      "b false 1005",
      "a true 1010",
      "c false 1013",
      "a false 1014",
    ]);
    assert.equal(silence.nextDeadlineMs(), 23);
  });
});
