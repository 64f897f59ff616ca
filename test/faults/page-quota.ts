// The page quota (`store.quota`): all that the database may ever hold is taken up by pages that are nobody's, up to the part
// that is kept for deliveries, to the last page, or beyond it. The gateway starts all the same, takes nothing, delivers
// what it has; once there is room it goes on.

import { setTimeout as pause } from "node:timers/promises";

import type { GatewayProcess } from "../kit/gateway-process.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { alter } from "../store/kit.ts";
import type { Draw } from "./draw.ts";
import type { FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";
import { stalled } from "./stalled.ts";

const QUOTA_MIB = 64;
const YAML = `store:
  quota: ${QUOTA_MIB}MiB
  journal: {quota: 8MiB}
  lanes: {alarm: {quota: 8MiB}, result: {quota: 16MiB}, raw: {quota: 8MiB}, local: {quota: 8MiB}}
`;
/** A tenth of the quota is kept. */
const TAKEN_MIB = [60, 64, 70];
const DEVICES = 8;
const SAMPLES = 150;
const LIFE_MESSAGES = (DEVICES * SAMPLES) / 4;
const DRAINED_MS = 30_000;
const LOOK_MS = 100;

/** One filling, over rows that Kafka has not seen. */
export async function fillQuota(
  draw: Draw,
  { seed, services, log }: FaultContext,
): Promise<Outcome> {
  const options = {
    sides: ["direct"],
    weather: "rough",
    devices: DEVICES,
    samples: SAMPLES,
  } as const;
  const plantOptions = { ...smallPlant(seed, options), yaml: YAML };
  return await services.withPlant(plantOptions, async (plant, { kafka }) => {
    const takenMib = draw.pick(TAKEN_MIB);
    const data = plant.workspace.data;
    const [nobody = 0] = await freePorts(1);
    plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
    const first = await plant.start();
    await plant.acknowledged(draw.between(20, LIFE_MESSAGES), first);
    await plant.kill(first);
    plant.workspace.configure({});
    alter(
      data,
      `CREATE TABLE hog (bytes);
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${takenMib})
       INSERT INTO hog SELECT zeroblob(1048576) FROM n`,
    );
    const full = await plant.start();
    const problems = await whileFull(plant, full, kafka.internalBootstrap);
    await plant.kill(full);
    alter(data, "DROP TABLE hog");
    const kind = `page quota, ${takenMib} of ${QUOTA_MIB} MiB taken`;
    log(kind);
    return plantOutcome(plant, {
      injected: { [kind]: 1 },
      report: await plant.finish(),
      problems: problems.map((text) => `${kind}: ${text}`),
    });
  });
}

async function whileFull(
  plant: Plant,
  gateway: GatewayProcess,
  bootstrap: string,
): Promise<string[]> {
  const problems: string[] = [];
  const before = plant.fleets.acknowledged;
  await stalled(plant.fleets);
  const taken = plant.fleets.acknowledged - before;
  if (taken > 0) problems.push(`${taken} messages acknowledged`);
  const records = plant.fleets.truth("direct").records();
  const waiting = records.filter(({ fate }) => fate === "acknowledged").length;
  const topic = plant.topicOf("direct", "rows");
  for (const deadline = performance.now() + DRAINED_MS; ; await pause(LOOK_MS)) {
    const { length: rows } = await readCommitted(bootstrap, [topic]);
    if (rows >= waiting) break;
    if (performance.now() < deadline) continue;
    problems.push(`${rows} of ${waiting} rows are delivered`, gateway.tail(10));
    break;
  }
  if (!gateway.running) problems.push("the gateway has ended", gateway.tail(10));
  return problems;
}
