// Fault 26: counters of devices do what counters do: they leap, they wrap around, they begin anew after a boot; and each
// message may come again, with DUP or without, soon or much later. Told by key, number and boot, each message is in the
// results once, and none is taken for another. Numbers that were left out show in a metric.

import type { Plant } from "../kit/plant/plant.ts";
import { differingRows, withBeside } from "./beside-verdict.ts";
import { Beside, type BesideMessage, type BesideOptions, metricsOf } from "./beside.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 200;
const FACTS = 3_000;
const WRAPS = 4_096;
/** No further back than a window, or before the last boot: as a device's queue holds them. */
const AGAIN_WITHIN = 500;
/** identity.window, by default. */
const WINDOW = 1_024;
const SENDERS = ["boots", "wraps"] as const;
type Sender = (typeof SENDERS)[number];
/** Further than half a turn ahead would be behind. */
const LEAPS: Readonly<Record<Sender, number>> = { boots: 5_000, wraps: 1_000 };

export const sequenceLeaps: Fault = {
  number: 26,
  title: "sequence leaps, wraps, resets",
  injects: `counters that leap by up to 5,000, begin anew with a new boot, or wrap at ${WRAPS}; a tenth of ${FACTS} messages of each comes again, up to ${AGAIN_WITHIN} messages later`,
  expects:
    "each message has its row once, none is taken for another; the numbers left out are counted; the plant is unaffected",
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
      return await Beside.with(
        plant,
        services,
        tableOf("boots", "epoch' = 'boot"),
        async (boots) => {
          const table = tableOf("wraps", `wraps' = '${WRAPS}`);
          return await Beside.with(plant, services, table, async (wraps) => {
            return await count(plant, { boots, wraps }, context);
          });
        },
      );
    });
  },
};

function tableOf(name: string, option: string): BesideOptions {
  return {
    table: name,
    topic: `beside/${name}`,
    columns: "device STRING, boot BIGINT, seq BIGINT, n BIGINT",
    options: `, 'identity.key' = 'device', 'identity.sequence' = 'seq', 'identity.${option}'`,
    outputs: {
      [name]: { columns: "device STRING, n BIGINT", query: `SELECT device, n FROM ${name}` },
    },
  };
}

async function count(
  plant: Plant,
  tables: Readonly<Record<Sender, Beside>>,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(sequenceLeaps.number, seed);
  const gateway = await plant.start();
  const client = await tables.boots.connect(gateway);
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  let acknowledged = 0;
  for (const sender of SENDERS) {
    const sent = new Counter(draw, sender);
    await tables[sender].send(client, sent.messages);
    acknowledged += sent.messages.length;
    for (const [kind, times] of Object.entries(sent.injected)) {
      injected[kind] = (injected[kind] ?? 0) + times;
    }
    const missing = (await metricsOf(gateway)).sum("headrace_sequence_missing", `"${sender}"`);
    log(`${sender}: ${missing} numbers missing, ${JSON.stringify(sent.injected)}`);
    if (missing !== sent.missing)
      problems.push(`${sender}: ${missing} numbers missing instead of ${sent.missing}`);
  }
  await client.end();
  await plant.stop(gateway);
  const report = await plant.finish();
  const wanted = SENDERS.flatMap((sender) =>
    Array.from({ length: FACTS }, (_, n) => `${sender} ${n}`),
  );
  const seen = await Promise.all(
    SENDERS.map(async (sender) =>
      (await tables[sender].rows(sender)).map((row) => `${sender} ${String(row["n"])}`),
    ),
  );
  const outcome = plantOutcome(plant, { injected, report, problems });
  return withBeside(outcome, { ...differingRows(wanted, seen.flat()), acknowledged });
}

/** A device that counts, and what it sends. */
class Counter {
  readonly messages: BesideMessage[] = [];
  readonly injected: Record<string, number> = {};
  /** Numbers left out. */
  missing = 0;
  readonly #draw: Draw;
  readonly #sender: Sender;
  readonly #facts: { readonly number: number; readonly payload: string }[] = [];
  #boot = 1;
  /** As if it did not wrap. */
  #number = 0;

  constructor(draw: Draw, sender: Sender) {
    this.#draw = draw;
    this.#sender = sender;
    for (let n = 0; n < FACTS; n++) {
      this.#send(n);
      if (draw.below(10) === 0) this.#sendAgain();
      this.#count();
    }
  }

  #send(n: number): void {
    const wraps = this.#sender === "wraps";
    const seq = wraps ? this.#number % WRAPS : this.#number;
    const fact = { device: this.#sender, boot: this.#boot, seq, n };
    const payload = JSON.stringify(fact);
    this.#facts.push({ number: this.#number, payload });
    this.messages.push({ topic: this.#sender, payload });
  }

  #sendAgain(): void {
    const back = this.#draw.below(Math.min(this.#facts.length, AGAIN_WITHIN));
    const dup = this.#draw.below(2) === 0;
    const fact = this.#facts.at(-1 - back);
    const distance = this.#number - (fact?.number ?? 0);
    // Without an epoch nobody can tell an old number from a new round.
    if (fact === undefined || (this.#sender === "wraps" && distance >= WINDOW)) return;
    this.messages.push({ topic: this.#sender, payload: fact.payload, dup });
    this.#note("sent again");
  }

  #count(): void {
    const what = this.#draw.below(200);
    const round = Math.floor(this.#number / WRAPS);
    if (what === 0 && this.#sender === "boots") {
      this.#boot++;
      this.#number = this.#draw.below(10);
      this.#note("boot");
    } else if (what < 4) {
      const leap = this.#draw.between(2, LEAPS[this.#sender]);
      this.#number += leap;
      this.missing += leap - 1;
      this.#note("leap");
    } else {
      this.#number++;
    }
    if (this.#sender === "wraps" && Math.floor(this.#number / WRAPS) > round) this.#note("wrap");
  }

  #note(kind: string): void {
    this.injected[kind] = (this.injected[kind] ?? 0) + 1;
  }
}
