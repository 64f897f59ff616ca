// Fault 17: devices whose clocks are hours off, in a table with a limit for the future. A clock ahead must not push the
// watermark, or every other device would be late: its rows are refused, counted. A clock behind makes late rows, counted.
// Everybody else's windows equal a recomputation.

import type { GatewayProcess } from "../kit/gateway-process.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Beside, type BesideMessage, metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { differingRows, withBeside } from "./beside-verdict.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 4;
const SAMPLES = 150;
const MINUTE_MS = 60_000;
const WINDOW_MS = 10_000;
const STEP_MS = 500;
const STEPS = 200;
const RIGHT = ["right-1", "right-2", "right-3"];
const COLUMNS = `device STRING, ts BIGINT, event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND`;

export const deviceClocks: Fault = {
  number: 17,
  title: "device clock hours off",
  injects:
    "beside three devices with the right time, one is 2 to 12 hours ahead and one as far behind; 'watermark.max-future' is an hour",
  expects:
    "rows of the clock ahead are dead letters, those of the clock behind are late, each counted; the windows of all others equal a recomputation",
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
        columns: COLUMNS,
        options: ", 'watermark.max-future' = '1 h'",
        outputs: {
          counts: {
            columns: "device STRING, window_end TIMESTAMP(3), n BIGINT",
            query: `SELECT device, window_end, COUNT(*)
FROM TUMBLE(TABLE beside, DESCRIPTOR(event_time), INTERVAL '${WINDOW_MS / 1000}' SECOND)
GROUP BY device, window_start, window_end`,
          },
        },
      };
      return await Beside.with(plant, services, table, async (beside) => {
        return await sendWrongTimes(plant, beside, context);
      });
    });
  },
};

async function sendWrongTimes(
  plant: Plant,
  beside: Beside,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(deviceClocks.number, seed);
  const sent = drawMessages(draw, Date.now());
  const gateway = await plant.start();
  const client = await beside.connect(gateway);
  await beside.send(client, sent.messages);
  const problems = await wrongCounts(gateway, sent);
  await client.end();
  await plant.stop(gateway);
  const report = await plant.finish();
  const rows = await beside.rows("counts");
  log(`${rows.length} windows, ${sent.ahead} ahead, ${sent.behind} behind`);
  const verdict = differingRows(sent.windows, rows.map(rowName));
  const injected = { "row ahead": sent.ahead, "row behind": sent.behind };
  const outcome = plantOutcome(plant, { injected, report, problems });
  return withBeside(outcome, { ...verdict, acknowledged: sent.messages.length });
}

interface Sent {
  readonly messages: readonly BesideMessage[];
  readonly ahead: number;
  readonly behind: number;
  /** Names of the rows that must come. */
  readonly windows: readonly string[];
}

/** Times in order, so that nothing but a clock behind is late; the last one closes all windows. */
function drawMessages(draw: Draw, nowMs: number): Sent {
  const messages: BesideMessage[] = [];
  const counts = new Map<string, number>();
  let [ahead, behind] = [0, 0];
  const add = (device: string, ts: number): void => {
    messages.push({ payload: JSON.stringify({ device, ts }) });
  };
  const offMs = (): number => draw.between(2 * 60, 12 * 60) * MINUTE_MS;
  const firstMs = nowMs - STEPS * STEP_MS;
  for (let step = 0; step < STEPS; step++) {
    const ts = firstMs + step * STEP_MS;
    const device = draw.pick(RIGHT);
    add(device, ts);
    const window = `${device} ${Math.floor(ts / WINDOW_MS) * WINDOW_MS + WINDOW_MS}`;
    counts.set(window, (counts.get(window) ?? 0) + 1);
    const wrong = draw.below(4);
    if (wrong === 0) add("ahead", nowMs + offMs());
    if (wrong === 1) add("behind", firstMs - offMs());
    if (wrong === 0) ahead++;
    if (wrong === 1) behind++;
  }
  add("closes", nowMs + 10 * MINUTE_MS);
  const windows = [...counts].map(([window, n]) => `${window} ${n}`);
  return { messages, ahead, behind, windows };
}

function rowName(row: Record<string, unknown>): string {
  const endMs = Date.parse(`${String(row["window_end"]).replace(" ", "T")}Z`);
  return `${String(row["device"])} ${endMs} ${String(row["n"])}`;
}

async function wrongCounts(gateway: GatewayProcess, sent: Sent): Promise<string[]> {
  const metrics = await metricsOf(gateway);
  const dead = metrics.sum("headrace_dead_letter_total");
  const late = metrics.sum("headrace_late_rows_total", "beside_counts");
  return [
    ...(dead === sent.ahead ? [] : [`${dead} dead letters for ${sent.ahead} rows ahead`]),
    ...(late === sent.behind ? [] : [`${late} late rows for ${sent.behind} rows behind`]),
  ];
}
