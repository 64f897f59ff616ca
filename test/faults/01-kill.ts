// Fault 1: SIGKILL. A plant's gateway dies again and again: a third of its lives end at a named crash point, in the
// windows that random kills seldom hit; the others after a drawn number of acknowledged messages, in the middle of a
// start, or in the middle of a stop. The last two are drawn in wall-clock time, so a seed repeats them only roughly.

import { setTimeout as pause } from "node:timers/promises";

import type { CrashPoint } from "../../src/core/fault-points.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

/** Points that a life can reach, and the latest pass that is worth waiting for. */
export const KILL_POINTS: Readonly<Partial<Record<CrashPoint, number>>> = {
  "engine-in-replay": 4,
  "engine-after-sessions": 3,
  "engine-before-decode": 6,
  "store-in-checkpoint": 2,
  "store-before-commit": 8,
  "engine-after-commit": 6,
  "ingest-in-pubacks": 15,
  "uplink-before-end-txn": 2,
  "uplink-after-end-txn": 2,
};

/** These come only when the uplink has opened. */
const LATE_POINTS: readonly CrashPoint[] = ["uplink-before-end-txn", "uplink-after-end-txn"];

/** Beside the crash points. */
const OTHERS = ["acks", "acks", "acks", "acks", "start", "stop"] as const;
const LIVES = 2 * OTHERS.length;
const MOST_LIVES = 120;
const DEVICES = 8;
/** Per device and life. */
const SAMPLES = 50;
/**
 * Acknowledged on the direct side in one life, at most. A crash point that has not been passed by then will not be: the
 * life ends by an ordinary kill.
 */
const LIFE_MESSAGES = Math.floor((DEVICES * SAMPLES) / 1.5);
const LATE_LIFE_MESSAGES = 3 * LIFE_MESSAGES;
const START_MS = 900;
const STOP_MS = 200;

/** How a life ends. */
type Ending = (typeof OTHERS)[number] | CrashPoint;

export const kill: Fault = {
  number: 1,
  title: "kill -9 at random points",
  injects:
    "SIGKILL: half of the lives aim at named crash points, the others end after a drawn number of messages, in mid-start, in mid-stop",
  expects: "nothing lost, nothing twice, windows equal a recomputation, ready again in 5 s",
  needs: ["kafka", "mosquitto"],
  mostInjections: MOST_LIVES,
  run: async (context) => {
    const { seed, services, injections: lives = LIVES } = context;
    const plant = smallPlant(seed, {
      sides: ["direct", "broker"],
      weather: "rough",
      devices: DEVICES,
      samples: lives * SAMPLES,
    });
    return await services.withPlant(
      plant,
      async (each) => await killAgainAndAgain(each, lives, context),
    );
  },
};

async function killAgainAndAgain(
  plant: Plant,
  lives: number,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(kill.number, seed);
  const injected: Record<string, number> = {};
  const points = Math.ceil(lives / 2);
  const endings = draw.shuffle<Ending>([
    ...draw.deal(Object.keys(KILL_POINTS) as CrashPoint[], points),
    ...draw.deal(OTHERS, lives - points),
  ]);
  for (const ending of endings) {
    const ended = await endLife(plant, draw, ending);
    log(`a life ended ${ended}`);
    if (ended !== "nothing") injected[ended] = (injected[ended] ?? 0) + 1;
  }
  return plantOutcome(plant, { injected, report: await plant.finish() });
}

/** Lives one life; returns what ended it. */
async function endLife(plant: Plant, draw: Draw, ending: Ending): Promise<string> {
  if (ending === "start") {
    const gateway = await plant.start({ mayDie: true, killAfterMs: draw.between(20, START_MS) });
    await plant.kill(gateway);
    return "in mid-start";
  }
  if (ending === "acks" || ending === "stop") {
    const gateway = await plant.start();
    await plant.acknowledged(draw.between(1, LIFE_MESSAGES), gateway);
    await pause(draw.below(20));
    if (ending === "stop") {
      gateway.kill("SIGTERM");
      await pause(draw.below(STOP_MS));
    }
    gateway.kill("SIGKILL");
    const { signal } = await plant.ended(gateway);
    if (signal !== "SIGKILL") return "nothing";
    return ending === "stop" ? "in mid-stop" : "at random";
  }
  return await endAtPoint(plant, draw, ending);
}

async function endAtPoint(plant: Plant, draw: Draw, point: CrashPoint): Promise<string> {
  const pass = draw.between(1, KILL_POINTS[point] ?? 1);
  const environment = { HEADRACE_CRASH_POINT: `${point}:${pass}` };
  const gateway = await plant.start({ environment, mayDie: true });
  const messages = LATE_POINTS.includes(point) ? LATE_LIFE_MESSAGES : LIFE_MESSAGES;
  await plant.acknowledged(messages, gateway);
  // A checkpoint comes with an orderly stop, if not before.
  const isStopped = point === "store-in-checkpoint" && gateway.running;
  const stop = isStopped ? await gateway.stop() : undefined;
  const isReached = stop === undefined ? !gateway.running : stop.signal === "SIGKILL";
  await plant.kill(gateway);
  if (isReached) return `at ${point}`;
  return stop === undefined ? "at random" : "nothing";
}
