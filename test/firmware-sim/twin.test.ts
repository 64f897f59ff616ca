// Twins of every device profile against a gateway: simulated devices of each send over MQTT what the profile's
// `simulate` section says, a rule per profile prints every row, and the checker compares with what was measured.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { checkRows, isClean, reportText } from "../../firmware-sim/checker/check.ts";
import type { ActualRow, Report } from "../../firmware-sim/checker/check.ts";
import { expectTable } from "../../firmware-sim/checker/expect.ts";
import type { RowRule } from "../../firmware-sim/checker/scenario.ts";
import { columnValues } from "../../firmware-sim/device/columns.ts";
import { compileDevice } from "../../firmware-sim/device/compile.ts";
import { deviceEncoder } from "../../firmware-sim/device/encoder.ts";
import { CALM } from "../../firmware-sim/device/plan.ts";
import { MqttFleet } from "../../firmware-sim/transport/mqtt-fleet.ts";
import { realTime } from "../../firmware-sim/transport/pace.ts";
import { TruthLog } from "../../firmware-sim/truth.ts";
import { loadProfile } from "../../src/config/profile-load.ts";
import { profileTable } from "../../src/config/profile-table.ts";
import type { Profile } from "../../src/config/profile.ts";
import { formatType } from "../../src/sql/types.ts";
import { Site } from "../gateway/kit.ts";

const FOLDER = join(import.meta.dirname, "../../device-profiles");
const PROFILES = globSync("*/*.yaml", { cwd: FOLDER })
  .sort()
  .map((file) => loadProfile(join(FOLDER, file)));
const START_MS = Date.parse("2026-01-01T00:00:00Z");
/** Every device has sent its samples within a second or so. */
const SPEED = 1e9;
/** Messages in flight: the least that a profile can tell apart. */
const WINDOW = 64;
const DEVICES = 3;
const SAMPLES = 60;

describe("twins of every device profile", () => {
  it("give the rows that they have measured", async (context) => {
    const rules = Object.fromEntries(PROFILES.map((each) => [each.name, ruleOf(each)]));
    const yaml = `profiles: [${JSON.stringify(join(FOLDER, "*/*.yaml"))}]\n`;
    const listener = `receiveMaximum: ${WINDOW}`;
    const life = await new Site(context, { rules, yaml, listener }).ready();
    const port = Number((await life.ready).mqtt[0]?.listen?.split(":").at(-1));
    const twins = PROFILES.map((profile) => new Twin(profile, port));
    context.after(() => {
      for (const { fleet } of twins) fleet.stop();
    });
    await Promise.all(twins.map(({ finished }) => finished));
    // Printed lines may still be in the pipe: the orderly end closes it.
    assert.equal((await life.program.end()).code, 0);
    const lines = life.program.stdout.all.filter((line) => line.startsWith('{"into"'));
    for (const twin of twins) {
      const report = await twin.check(lines);
      assert.ok(report.expected >= 100, twin.profile.name);
      assert.ok(isClean(report), `${twin.profile.name}: ${reportText(report)}`);
    }
    const renumbered = lines.map((line) => line.replace(/"sequence":/, '"sequence":1'));
    const numbered = twins.find(({ profile }) => profile.identity !== undefined);
    assert.ok(numbered !== undefined && !isClean(await numbered.check(renumbered)));
  });
});

/** Devices of one profile. */
class Twin {
  readonly profile: Profile;
  readonly fleet: MqttFleet;
  readonly finished: Promise<void>;
  readonly #truth: TruthLog;

  constructor(profile: Profile, port: number) {
    this.profile = profile;
    // Rows that carry neither number nor time are told apart by their device alone.
    const isNamed = profile.identity !== undefined || hasClock(profile);
    const samples = isNamed ? SAMPLES : 1;
    const count = isNamed ? DEVICES : 100;
    const plan = compileDevice(profile, {
      startMs: START_MS,
      samples,
      // Without a number a re-send is a row of its own.
      behaviour:
        profile.identity === undefined
          ? CALM
          : { ...CALM, resend: { share: 0.2, withinMs: 5000, dupShare: 0.5 } },
    });
    const name = (device: number): string => `${profile.name}-${device}`;
    this.#truth = new TruthLog({
      deviceName: name,
      valuesOf: (fact) => ({
        ...columnValues(profile, plan, fact),
        event_time: fact.eventTimeMs,
      }),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.fleet = new MqttFleet({
      host: "127.0.0.1",
      port,
      version: (device) => (device % 2 === 0 ? 5 : 4),
      seed: 7,
      window: WINDOW,
      devices: Array.from({ length: count }, (_, device) => {
        const captures = Object.fromEntries(profile.captures.map((each) => [each, `${each}-1`]));
        const own = { ...captures, device: name(device) };
        return { name: name(device), plan, encoder: deviceEncoder(profile, plan, own) };
      }),
      pace: realTime({ startMs: START_MS, speed: SPEED, monotonicMs: () => performance.now() }),
      truth: this.#truth,
      onProgress: () => {
        if (this.fleet.finished) resolve();
      },
    });
    this.fleet.start();
  }

  check(lines: readonly string[]): Promise<Report> {
    const table = {
      name: this.profile.name,
      // Rows are neither late nor in windows here.
      delayMs: Number.MAX_SAFE_INTEGER,
      skewMs: 1,
      truth: this.#truth.records(),
      rules: [rowRule(this.profile)],
    };
    return checkRows(
      expectTable(table).rows,
      lines.flatMap((line) => this.#row(line)),
    );
  }

  /** A printed line as a reader of Kafka would have it; FLOATs, printed in few digits, as the floats they are. */
  #row(line: string): ActualRow[] {
    const { into, row } = JSON.parse(line) as { into: string; row: Record<string, unknown> };
    if (into !== sinkOf(this.profile)) return [];
    for (const { name, valueType } of this.profile.resources) {
      const value = row[name];
      if (valueType === "Float32" && typeof value === "number") row[name] = Math.fround(value);
    }
    return [{ topic: into, key: String(row["device"]), value: JSON.stringify(row), headers: {} }];
  }
}

function hasClock({ time }: Profile): boolean {
  return (time.address ?? time.base) !== undefined;
}

function sinkOf({ name }: Profile): string {
  return `rows of ${name}`;
}

/** Columns whose values the devices know. */
function knownColumns(profile: Profile): string[] {
  return [
    "device",
    ...profile.resources.map(({ name }) => name),
    ...(profile.identity === undefined ? [] : ["sequence"]),
    ...(hasClock(profile) ? ["event_time"] : []),
  ];
}

function rowRule(profile: Profile): RowRule {
  const columns = knownColumns(profile);
  const number = ["sequence", "event_time"].find((name) => columns.includes(name));
  return {
    kind: "rows",
    rule: profile.name,
    topic: sinkOf(profile),
    kafkaKey: "device",
    id: number === undefined ? ["device"] : ["device", number],
    columns: columns.map((name) => ({ name, of: name })),
  };
}

function ruleOf(profile: Profile): string {
  const { columns } = profileTable(profile);
  const quoted = (name: string): string => `\`${name}\``;
  const known = knownColumns(profile);
  const types = known.map((name) => {
    const type = columns.find((column) => column.name === name)?.type;
    assert.ok(type !== undefined, name);
    return `${quoted(name)} ${formatType(type)}`;
  });
  const sink = quoted(sinkOf(profile));
  return `CREATE TABLE ${sink} (${types.join(", ")}) WITH ('connector' = 'print');
    INSERT INTO ${sink} SELECT ${known.map(quoted).join(", ")} FROM ${quoted(profile.name)};`;
}
