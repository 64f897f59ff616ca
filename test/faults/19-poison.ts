// Fault 19: poison: payloads that no reader should trust, from a list and from tampering, and a packet that is too large
// altogether. Each becomes a row or a dead letter, never nothing and never the end of anything else.

import { TestClient } from "../kit/mqtt-client.ts";
import { type GatewayProcess, listenPort } from "../kit/gateway-process.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { differingRows, withBeside } from "./beside-verdict.ts";
import { Beside, type BesideMessage, metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { poisonPayloads, tampered } from "./poison.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 200;
const TAMPERED = 1_000;
const GOOD = 200;
const GOOD_DEVICE = "good-device";
/** The length that a PUBLISH claims: 256 MiB less one. */
const CLAIM = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]);

export const poison: Fault = {
  number: 19,
  title: "poison payloads",
  injects: `bad UTF-8, JSON 100,000 deep, NaN, 1e999, __proto__, 0 B to 15 MiB and more from a list, ${TAMPERED} tampered messages, a claim of 256 MiB`,
  expects:
    "each is a row or a dead letter, counted; the claim is refused; the process lives; good messages between them and the plant are unaffected",
  needs: ["kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    const { services } = context;
    return await services.withPlant(smallPlant(context.seed, options), async (plant) => {
      const table = {
        columns: "device STRING, seq BIGINT, v DOUBLE",
        outputs: {
          rows: {
            columns: "device STRING, seq BIGINT, v DOUBLE",
            query: "SELECT device, seq, v FROM beside",
          },
        },
      };
      return await Beside.with(plant, services, table, async (beside) => {
        return await sendPoison(plant, beside, context);
      });
    });
  },
};

async function sendPoison(
  plant: Plant,
  beside: Beside,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(poison.number, seed);
  const listed = Object.values(poisonPayloads());
  const good = Array.from({ length: GOOD }, (_, seq) => ({ device: GOOD_DEVICE, seq, v: 0.1 }));
  const messages: BesideMessage[] = draw.shuffle(
    [...listed, ...tampered(draw, TAMPERED), ...good.map((each) => JSON.stringify(each))].map(
      (payload) => ({ payload }),
    ),
  );
  const gateway = await plant.start();
  await plant.acknowledged(1, gateway);
  const client = await beside.connect(gateway);
  await beside.send(client, messages);
  const problems = await uncounted(gateway, messages.length, log);
  if (!(await refusesClaim(gateway))) problems.push("a claim of 256 MiB was not refused");
  await client.end();
  if (!gateway.running) problems.push("the gateway has ended", gateway.tail(10));
  await plant.stop(gateway);
  const report = await plant.finish();
  const rows = await beside.rows("rows");
  const seen = rows.filter(({ device }) => device === GOOD_DEVICE);
  const verdict = differingRows(good.map(nameOf), seen.map(nameOf));
  const injected = { listed: listed.length, tampered: TAMPERED, "claim of 256 MiB": 1 };
  const outcome = plantOutcome(plant, { injected, report, problems });
  return withBeside(outcome, { ...verdict, acknowledged: messages.length });
}

function nameOf(row: Record<string, unknown>): string {
  return `${String(row["device"])} ${String(row["seq"])} ${String(row["v"])}`;
}

/** Each message is a row or a dead letter. */
async function uncounted(
  gateway: GatewayProcess,
  sent: number,
  log: FaultContext["log"],
): Promise<string[]> {
  const metrics = await metricsOf(gateway);
  const rows = metrics.sum("headrace_decoded_rows_total", 'table="beside"');
  const dead = metrics.sum("headrace_dead_letter_total");
  log(`${sent} messages: ${rows} rows, ${dead} dead letters`);
  return rows + dead === sent ? [] : [`${sent} messages, ${rows} rows, ${dead} dead letters`];
}

async function refusesClaim(gateway: GatewayProcess): Promise<boolean> {
  const port = await listenPort(gateway);
  const client = await TestClient.connect({ port, clientId: "claims" });
  client.send(CLAIM);
  await client.closed;
  return client.pubacks.length === 0;
}
