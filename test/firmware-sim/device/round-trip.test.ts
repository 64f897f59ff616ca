// decode(encode(x)) = x for every device profile, and for some that address what no device of ours has: the simulator's encoders and the gateway's decoders are written
// apart, so what both agree on is what the profile says.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { columnValues } from "../../../firmware-sim/device/columns.ts";
import { compileDevice } from "../../../firmware-sim/device/compile.ts";
import type { Fact } from "../../../firmware-sim/device/device.ts";
import { deviceEncoder } from "../../../firmware-sim/device/encoder.ts";
import type { DevicePlan, SignalPlan } from "../../../firmware-sim/device/plan.ts";
import { hash32 } from "../../../firmware-sim/random.ts";
import { messageDecoder } from "../../../src/cli/profile/decoding.ts";
import { canBeMissing } from "../../../src/config/profile-addresses.ts";
import { loadProfile } from "../../../src/config/profile-load.ts";
import type { Profile } from "../../../src/config/profile.ts";
import type { SqlValue } from "../../../src/core/types.ts";
import { ADDRESS_PROFILES } from "./address-profiles.ts";

const FOLDER = join(import.meta.dirname, "../../../device-profiles");
const START_MS = Date.parse("2026-01-01T00:00:00Z");
const MESSAGES = 1000;

const PROFILES = globSync("*/*.yaml", { cwd: FOLDER })
  .sort()
  .map((file) => loadProfile(join(FOLDER, file)));

describe("decode(encode(x)) = x", () => {
  for (const profile of [...PROFILES, ...ADDRESS_PROFILES]) {
    it(`holds for ${MESSAGES} messages of ${profile.name}`, () => {
      const plan = compileDevice(profile, { startMs: START_MS });
      const omitted = plan.signals.map((signal) => mayOmit(profile, signal));
      const decode = messageDecoder(profile);
      for (let n = 0; n < MESSAGES; n++)
        roundTrip({ profile, plan, decode }, factOf(plan, n, omitted));
    });
  }

  it("would not hold for another scale", () => {
    const profile = PROFILES.find(({ codec }) => codec.type === "binary");
    assert.ok(profile !== undefined);
    const plan = compileDevice(profile, { startMs: START_MS });
    const resources = profile.resources.map((resource) => {
      const transform = { ...resource.transform, scale: resource.transform.scale * 1.01 };
      return { ...resource, transform };
    });
    const decode = messageDecoder({ ...profile, resources });
    assert.throws(() => roundTrip({ profile, plan, decode }, factOf(plan, 1, [])), /temperature/);
  });
});

function mayOmit({ codec, resources }: Profile, { name }: SignalPlan): boolean {
  const resource = resources.find((each) => each.name === name);
  return resource !== undefined && canBeMissing(codec, resource.address);
}

interface Sender {
  readonly profile: Profile;
  readonly plan: DevicePlan;
  readonly decode: ReturnType<typeof messageDecoder>;
}

function roundTrip({ profile, plan, decode }: Sender, fact: Fact): void {
  const captures = Object.fromEntries(
    profile.captures.map((name) => [name, `${name}-${fact.sequence}`]),
  );
  const encoder = deviceEncoder(profile, plan, captures);
  const receiveTimeMs = fact.eventTimeMs + 1;
  const payload = Buffer.from(encoder.payload(fact));
  const decoded = decode({ topic: encoder.topic, payload, receiveTimeMs });
  assert.ok("rows" in decoded, "reason" in decoded ? decoded.reason : "");
  assert.equal(decoded.rows.length, 1);
  const row = (name: string): SqlValue | undefined =>
    decoded.rows[0]?.[decoded.table.columns.findIndex((column) => column.name === name)];
  for (const [name, value] of Object.entries(captures)) assert.equal(row(name), value);
  for (const [name, value] of Object.entries(columnValues(profile, plan, fact)))
    assert.equal(row(name), value, name);
  const { time, identity } = profile;
  const isOwn = (time.address ?? time.base) !== undefined;
  assert.equal(row("event_time"), isOwn ? fact.eventTimeMs : receiveTimeMs);
  const sequence = identity === undefined ? null : fact.sequence % (identity.wraps ?? Infinity);
  assert.equal(row("sequence"), sequence);
}

/** Values over the whole range of each signal, ends included; some are missing where they may be. */
function factOf(plan: DevicePlan, n: number, omitted: readonly boolean[]): Fact {
  const ms = START_MS + hash32(n, 0, 1, 0);
  const eventTimeMs = ms - (ms % plan.clockStepMs);
  const values = plan.signals.map(({ base, noise, minimum, maximum }, i) => {
    const random = hash32(n, i, 2, 0);
    if (random % 8 === 0 && omitted[i] === true) return null;
    const from = Math.max(minimum, Math.round(base - 10 * noise - 10));
    const to = Math.min(maximum, Math.round(base + 10 * noise + 10));
    const [least, most] =
      random % 16 < 8 ? [from, to] : [finite(minimum, from), finite(maximum, to)];
    if (random % 8 === 1) return least;
    return random % 8 === 2 ? most : least + (random % (most - least + 1));
  });
  return { device: 0, sequence: n + 1, trueTimeMs: eventTimeMs, eventTimeMs, values, labels: [] };
}

function finite(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}
