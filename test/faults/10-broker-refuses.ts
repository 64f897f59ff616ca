// Fault 10: the MQTT broker does not take the gateway: nobody listens, the link is closed, the credentials are refused, a
// quota is used up. The gateway keeps trying, ever more seldom, says why once, and goes on when it is taken. What devices
// have sent meanwhile waits in the broker.

import { setTimeout as pause } from "node:timers/promises";

import type { Mosquitto } from "../kit/mosquitto.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { BrokerFront, type FrontMode } from "./broker-front.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 300;
const REFUSALS: Readonly<Record<string, FrontMode>> = {
  "no listener": "closed",
  "link closed": "hangs up",
  "bad credentials": 0x86,
  "quota exceeded": 0x97,
};
const EACH_MS = 3_000;
/** The waits double from 0.5 s, less a jitter of up to a half: 0.25, 0.5, 1, 2, 4 s at the least. */
const ATTEMPTS_MAX = 7;
const AGAIN_MS = 30_000;
const LOOK_MS = 100;

export const brokerRefuses: Fault = {
  number: 10,
  title: "MQTT broker refuses",
  injects:
    "nobody listens, the link is closed, CONNACK says bad credentials or quota exceeded: 3 s each in a drawn order",
  expects:
    "at most 7 attempts in these 12 s, one line in the log for each reason; it goes on by itself when it is taken; nothing lost, nothing twice",
  needs: ["kafka", "mosquitto"],
  run: async (context) => {
    const options = {
      sides: ["broker"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant, { mosquitto }) => await refuse(plant, mosquitto, context),
    );
  },
};

async function refuse(
  plant: Plant,
  mosquitto: Mosquitto,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(brokerRefuses.number, seed);
  const front = await BrokerFront.start(mosquitto.port);
  try {
    plant.workspace.configure({ ports: { direct: 0, broker: front.port } });
    const gateway = await plant.start();
    await plant.acknowledged(draw.between(1, (DEVICES * SAMPLES) / 4), gateway);
    const before = front.attempts;
    const reasons = draw.shuffle(Object.keys(REFUSALS));
    for (const reason of reasons) {
      await front.set(REFUSALS[reason] ?? "closed");
      await pause(EACH_MS);
    }
    const attempts = front.attempts - before;
    const lines = gateway.log.filter((line) => line.includes("no connection to the MQTT broker"));
    log(`${attempts} attempts that reached the peer, ${lines.length} lines`);
    await front.set("open");
    const isBack = await takenAgain(front, attempts + before);
    const problems = [
      ...(attempts > ATTEMPTS_MAX ? [`${attempts} attempts`] : []),
      ...(lines.length === 0 ? ["it did not say why"] : []),
      // The end of the link that it had is a reason of its own.
      ...(lines.length > reasons.length + 1 ? [`${lines.length} lines`, ...lines] : []),
      ...(isBack ? [] : ["it did not come back", gateway.tail(10)]),
    ];
    await plant.stop(gateway);
    const report = await plant.finish();
    const injected = Object.fromEntries(reasons.map((reason) => [reason, 1]));
    return plantOutcome(plant, { injected, report, problems });
  } finally {
    await front.close();
  }
}

async function takenAgain(front: BrokerFront, before: number): Promise<boolean> {
  const deadline = performance.now() + AGAIN_MS;
  while (front.attempts === before) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}
