// Fault 25: a new firmware sends something else, in the middle of everything: more fields, fewer, another type, another
// shape. Two tables read the topic. What cannot be read as the columns of one is a dead letter there, counted; the one that
// only takes who and when still has every message.

import type { Plant } from "../kit/plant/plant.ts";
import { differingRows, withBeside } from "./beside-verdict.ts";
import { Beside, metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 200;
const MESSAGES = 1_000;
/** A change of firmware every so many messages of a device, on average. */
const CHANGE_EVERY = 40;

/** What a firmware makes of a measurement; undefined: the column cannot be read. */
const FIRMWARES: Readonly<
  Record<string, (v: number) => { fields: object; v: number | null | undefined }>
> = {
  "as before": (v) => ({ fields: { v }, v }),
  "more fields": (v) => ({ fields: { unit: "C", v, extra: { a: [1, 2] } }, v }),
  "field gone": () => ({ fields: {}, v: null }),
  null: () => ({ fields: { v: null }, v: null }),
  "other name": (v) => ({ fields: { value: v }, v: null }),
  "a text": () => ({ fields: { v: "hot" }, v: undefined }),
  "an object": (v) => ({ fields: { v: { value: v } }, v: undefined }),
  "an array": (v) => ({ fields: { v: [v] }, v: undefined }),
};

export const schemaChanges: Fault = {
  number: 25,
  title: "schema changes in mid-stream",
  injects: `the fields of ${MESSAGES} messages change every ${CHANGE_EVERY} or so: added, gone, renamed, null, a text, an object or an array for a number`,
  expects:
    "exactly the messages that cannot be read as the columns are dead letters, counted; the table that does not read the field has all; the plant is unaffected",
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
      return await Beside.with(plant, services, READ, async (read) => {
        return await Beside.with(plant, services, RAW, async (raw) => {
          return await changeFields(plant, { read, raw }, context);
        });
      });
    });
  },
};

const READ = {
  columns: "device STRING, seq BIGINT, v DOUBLE",
  outputs: {
    read: {
      columns: "device STRING, seq BIGINT, v DOUBLE",
      query: "SELECT device, seq, v FROM beside",
    },
  },
};
const RAW = {
  table: "slim",
  columns: "device STRING, seq BIGINT",
  outputs: {
    raw: { columns: "device STRING, seq BIGINT", query: "SELECT device, seq FROM slim" },
  },
};

async function changeFields(
  plant: Plant,
  tables: { readonly read: Beside; readonly raw: Beside },
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(schemaChanges.number, seed);
  const injected: Record<string, number> = {};
  const payloads: string[] = [];
  const readable: string[] = [];
  let firmware = "as before";
  for (let seq = 0; seq < MESSAGES; seq++) {
    if (draw.below(CHANGE_EVERY) === 0) {
      firmware = draw.pick(Object.keys(FIRMWARES));
      injected[firmware] = (injected[firmware] ?? 0) + 1;
    }
    const made = FIRMWARES[firmware]?.(draw.below(1000) / 8);
    payloads.push(JSON.stringify({ device: "changing", seq, ...made?.fields }));
    if (made?.v !== undefined) readable.push(`${seq} ${made.v}`);
  }
  const gateway = await plant.start();
  const client = await tables.read.connect(gateway);
  await tables.read.send(
    client,
    payloads.map((payload) => ({ payload })),
  );
  const dead = (await metricsOf(gateway)).sum("headrace_dead_letter_total");
  log(`${dead} dead letters`);
  await client.end();
  await plant.stop(gateway);
  const report = await plant.finish();
  const unreadable = MESSAGES - readable.length;
  const problems =
    dead === unreadable ? [] : [`${dead} dead letters for ${unreadable} unreadable messages`];
  const read = (await tables.read.rows("read")).map(
    (row) => `${String(row["seq"])} ${String(row["v"])}`,
  );
  const raw = (await tables.raw.rows("raw")).map((row) => `raw ${String(row["seq"])}`);
  const all = Array.from({ length: MESSAGES }, (_, seq) => `raw ${seq}`);
  const verdict = differingRows([...readable, ...all], [...read, ...raw]);
  const outcome = plantOutcome(plant, { injected, report, problems });
  return withBeside(outcome, { ...verdict, acknowledged: MESSAGES });
}
