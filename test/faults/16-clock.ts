// Fault 16: the wall clock leaps under the running gateway, back and forward, and is not set when it starts. What the
// devices sent must come out as if nothing had happened: nothing but receive times and stamps goes by the wall clock.

import { FakeClock } from "../kit/fake-clock.ts";
import { type GatewayProcess, scrape } from "../kit/gateway-process.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 400;
const LIVES = 3;
const LEAPS = 2;
const STEP_MESSAGES = (DEVICES * SAMPLES) / (LIVES * (LEAPS + 1) * 2);
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

/** By how many seconds the clock leaps. */
const SHIFTS = { "1 h back": -3600, "1 day forward": 86_400 } as const;
const IN_1970 = "1970";
const KINDS = ["1 h back", "1 day forward", IN_1970] as const;
type Kind = (typeof KINDS)[number];

export const clockLeaps: Fault = {
  number: 16,
  title: "clock back 1 h, forward 1 day, 1970 at boot",
  injects:
    "leaps of the wall clock under the running gateway, there and back; starts in 1970, set later; kills in between",
  expects:
    "nothing lost, twice or wrong, no window closes by it; the clock is said not to be trusted until it is back",
  needs: ["faketime", "kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(smallPlant(context.seed, options), async (plant) => {
      const clock = new FakeClock();
      try {
        return await leap(plant, clock, context);
      } finally {
        clock.dispose();
      }
    });
  },
};

async function leap(plant: Plant, clock: FakeClock, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(clockLeaps.number, seed);
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  const count = (what: string): void => {
    injected[what] = (injected[what] ?? 0) + 1;
    log(what);
  };
  for (let life = 0; life < LIVES; life++) {
    const isUnset = life > 0 && draw.below(2) === 0;
    if (isUnset) count("start in 1970");
    clock.set(isUnset ? shiftOf(IN_1970) : 0);
    const gateway = await plant.start({ environment: clock.environment });
    if (isUnset) problems.push(...(await said(gateway, false)));
    await plant.acknowledged(draw.between(1, STEP_MESSAGES), gateway);
    for (let turn = 0; turn < LEAPS; turn++) {
      clock.set(0);
      problems.push(...(await said(gateway, true)));
      await plant.acknowledged(draw.between(1, STEP_MESSAGES), gateway);
      const kind = draw.pick(KINDS);
      count(kind);
      clock.set(shiftOf(kind));
      problems.push(...(await said(gateway, false)));
      await plant.acknowledged(draw.between(1, STEP_MESSAGES), gateway);
    }
    if (draw.below(2) === 0) await plant.kill(gateway);
    else await plant.stop(gateway);
  }
  const report = await plant.finish({ starts: 2 });
  if (!plant.tally.alarms.some((alarm) => alarm.includes("clock_untrusted")))
    problems.push("no alarm says that the clock is not trusted");
  return plantOutcome(plant, { injected, report, problems, expectedAlarms: /clock_untrusted/ });
}

function shiftOf(kind: Kind): number {
  return kind === IN_1970 ? -Math.floor(Date.now() / 1000) : SHIFTS[kind];
}

/** Waits until the gateway says so of its clock. Returns what is not as it must be. */
async function said(gateway: GatewayProcess, isTrusted: boolean): Promise<string[]> {
  const { http } = await gateway.ready;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const untrusted = (await scrape(http ?? "")).sum("headrace_clock_untrusted");
    if (untrusted === (isTrusted ? 0 : 1)) return [];
    if (performance.now() > deadline) {
      return [`the clock is ${isTrusted ? "still not" : "still"} trusted after ${PATIENCE_MS} ms`];
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
