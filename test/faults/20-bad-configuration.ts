// Fault 20: a start with a bad configuration, over a buffer that Kafka has not seen: what an upgrade script or an editor
// makes of gateway.yaml and of rules. It must be refused with its place before anything is touched, again and again as a
// supervisor does it; with the good one back, everything goes on.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePorts } from "../kit/kafka/ports.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { folderDigest } from "./integrity.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 300;
const STARTS = 6;
const EXIT_CONFIG = 78;

/** By what is wrong: a file below the plant's folder, and what becomes of its text. */
const MISTAKES: Readonly<Record<string, (text: string, draw: Draw) => string>> = {
  "cut off": (text, draw) => text.slice(0, draw.between(1, 12)),
  "a key misspelt": (text) => text.replace("rules:", "rulez:"),
  "a value of the wrong type": (text) => text.replace(/data: \w+/, "data: [1, 2]"),
  "a tab": (text) => text.replace("log: ", "\tlog: "),
  "a bracket too few": (text) => text.replace("]", ""),
  "a port too high": (text) => text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:70000"),
  "no text at all": () => "",
};
const RULE_MISTAKES: Readonly<Record<string, (text: string, draw: Draw) => string>> = {
  "a keyword misspelt": (text) => text.replace("SELECT", "SELCT"),
  "a column that is not there": (text) => text.replace("SELECT device", "SELECT devise"),
  "a parenthesis too few": (text) => text.replace(")", ""),
  "a type that is not there": (text) => text.replace("seq BIGINT", "seq LONG"),
};

export const badConfiguration: Fault = {
  number: 20,
  title: "bad configuration on reload, reload storm",
  injects: `${STARTS} starts in a row with drawn mistakes in gateway.yaml or in a rule, over a buffer that Kafka has not seen (a configuration is read at the start only)`,
  expects:
    "exit 78, the message names the file, the data folder is untouched; then everything goes on; nothing lost, nothing twice",
  needs: ["kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant) => await misconfigure(plant, context),
    );
  },
};

async function misconfigure(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(badConfiguration.number, seed);
  const [nobody = 0] = await freePorts(1);
  plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
  const gateway = await plant.start();
  await plant.acknowledged(draw.between(1, (DEVICES * SAMPLES) / 2), gateway);
  await plant.kill(gateway);
  plant.workspace.configure({});
  const { data, config, folder } = plant.workspace;
  const before = folderDigest(data);
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  for (let start = 0; start < STARTS; start++) {
    const isRule = start % 2 === 1;
    const mistakes = isRule ? RULE_MISTAKES : MISTAKES;
    const rules = readdirSync(join(folder, "rules")).sort();
    const file = isRule ? join(folder, "rules", draw.pick(rules)) : config;
    const mistake = draw.pick(Object.keys(mistakes));
    const good = readFileSync(file, "utf8");
    const bad = mistakes[mistake]?.(good, draw) ?? good;
    if (bad === good) continue;
    writeFileSync(file, bad);
    const found = await refused(plant, file);
    writeFileSync(file, good);
    const kind = isRule ? `rule: ${mistake}` : mistake;
    injected[kind] = (injected[kind] ?? 0) + 1;
    problems.push(...found.map((text) => `${kind}: ${text}`));
    log(kind);
  }
  if (folderDigest(data) !== before) problems.push("the data folder has changed");
  const report = await plant.finish();
  return plantOutcome(plant, { injected, report, problems, expectedErrors: /^/ });
}

/** Starts; returns what is not as it must be. */
async function refused(plant: Plant, file: string): Promise<string[]> {
  const gateway = await plant.start({ mayDie: true });
  if (gateway.running) {
    await plant.kill(gateway);
    return ["it was taken"];
  }
  const { code } = await plant.ended(gateway);
  const name = file.slice(file.lastIndexOf("/") + 1);
  return [
    ...(code === EXIT_CONFIG ? [] : [`it ended with ${code}`, gateway.tail(10)]),
    ...(gateway.tail().includes(name) ? [] : [`${name} is not named`, gateway.tail(10)]),
  ];
}
