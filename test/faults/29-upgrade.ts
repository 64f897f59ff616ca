// Fault 29: another version of the program over a full buffer. The newer one is cut off again and again in the middle of
// its migration, then works; the older one must refuse what the newer has made of the data, and leave it as it is.

import { freePorts } from "../kit/kafka/ports.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { folderDigest, integrityOf } from "./integrity.ts";
import { newerBuild } from "./newer-build.ts";
import { plantOutcome } from "./outcome.ts";
import { PoweredFolder } from "./shim/power.ts";
import { smallPlant } from "./small-plant.ts";

const CUTS = 5;
/** Changes of the data folder within which a start has migrated. */
const MIGRATION_CHANGES = 120;
const DEVICES = 8;
const SAMPLES = 300;
const LIFE_MESSAGES = (DEVICES * SAMPLES) / 4;
const EXIT_CONFIG = 78;

export const upgrade: Fault = {
  number: 29,
  title: "upgrade and downgrade with a full buffer, killed in migration",
  injects:
    "a build with one migration more, over a buffer that Kafka has not seen; power cuts at drawn changes of the data folder while it migrates; then this build again",
  expects:
    "the newer build goes on with everything; the older refuses with exit 78 and changes nothing; nothing lost, nothing twice",
  needs: ["compiler", "kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant) => await upAndDown(plant, context),
    );
  },
};

async function upAndDown(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(upgrade.number, seed);
  const injected: Record<string, number> = { upgrade: 1, downgrade: 1 };
  const problems: string[] = [];
  const { data } = plant.workspace;
  await fillBuffer(plant, draw);

  plant.build = newerBuild();
  for (let cut = 0; cut < CUTS; cut++) {
    const power = new PoweredFolder(data);
    const cutAt = draw.between(1, draw.pick([20, MIGRATION_CHANGES]));
    const gateway = await plant.start({ environment: power.environment({ cutAt }), mayDie: true });
    await plant.kill(gateway);
    const kind = power.cut(draw);
    log(`cut at change ${cutAt} (${kind})`);
    injected[`cut, ${kind}`] = (injected[`cut, ${kind}`] ?? 0) + 1;
    const verdict = integrityOf(data);
    if (verdict !== "ok") problems.push(`cut at ${cutAt} (${kind}): ${verdict}`);
  }
  const newer = await plant.start();
  await plant.acknowledged(draw.between(1, LIFE_MESSAGES), newer);
  await (draw.below(2) === 0 ? plant.kill(newer) : plant.stop(newer));

  const newest = plant.build;
  plant.build = undefined;
  const before = folderDigest(data);
  const older = await plant.start({ mayDie: true });
  const { code } = await older.exited;
  await plant.ended(older);
  if (code !== EXIT_CONFIG) problems.push(`the older build ended with ${code}`, older.tail(10));
  if (!older.tail().includes("newer headrace")) problems.push("no reason given", older.tail(10));
  if (folderDigest(data) !== before) problems.push("the older build has changed the data folder");

  plant.build = newest;
  const report = await plant.finish();
  const expectedErrors = /newer headrace|Install that version again/;
  return plantOutcome(plant, { injected, report, problems, expectedErrors });
}

/** A first life of this build, of which Kafka sees nothing. */
async function fillBuffer(plant: Plant, draw: Draw): Promise<void> {
  const [nobody = 0] = await freePorts(1);
  plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
  const gateway = await plant.start();
  await plant.acknowledged(draw.between(LIFE_MESSAGES / 4, LIFE_MESSAGES), gateway);
  await (draw.below(2) === 0 ? plant.kill(gateway) : plant.stop(gateway));
  plant.workspace.configure({});
}
