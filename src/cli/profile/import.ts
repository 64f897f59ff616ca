// `headrace profile import edgex|zigbee2mqtt|homie`: profiles from what other systems know of devices, out of a file or
// of the retained topics of a broker. Each is what `profile lint` accepts, or is not written; what the reader must
// decide is a warning on stderr.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkProfile } from "../../config/profile-load.ts";
import { Problems } from "../../config/problems.ts";
import { YamlFile } from "../../config/yaml.ts";
import { GatewayError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { readRetained } from "../../ingest/retained-topics.ts";
import { draftText } from "./import/draft.ts";
import type { Imported } from "./import/draft.ts";
import { importEdgex } from "./import/edgex.ts";
import { importHomie } from "./import/homie.ts";
import { importZigbee2Mqtt } from "./import/zigbee2mqtt.ts";

export interface ImportOptions {
  /** mqtt://[user:password@]host[:port] or mqtts://… */
  readonly broker?: string;
  /** What topics begin with; default: the system's name. */
  readonly base?: string;
  /** A folder; default: stdout. */
  readonly out?: string;
}

const SYSTEMS: Readonly<
  Record<string, (file: string | undefined, options: ImportOptions) => Promise<Imported>>
> = {
  edgex: async (file, { broker }) => {
    if (broker !== undefined) throw misused("EdgeX keeps its profiles in files", "Name the file.");
    return importEdgex(yamlOf(textOfFile(file), file ?? ""));
  },
  zigbee2mqtt: async (file, { broker, base = "zigbee2mqtt" }) => {
    if (broker === undefined) {
      const devices = jsonOf(textOfFile(file), file ?? "");
      return importZigbee2Mqtt({ base, devices, groups: undefined, info: undefined });
    }
    const retained = await readTexts(broker, [`${base}/bridge/+`]);
    const content = (name: string): unknown => {
      const topic = `${base}/bridge/${name}`;
      const text = retained.get(topic);
      return text === undefined ? undefined : jsonOf(text, topic);
    };
    const [devices, groups, info] = [content("devices"), content("groups"), content("info")];
    return importZigbee2Mqtt({ base, devices, groups, info });
  },
  homie: async (file, { broker, base = "homie" }) =>
    importHomie(
      broker === undefined ? capturedTopics(file) : await readTexts(broker, [`${base}/#`]),
    ),
};

export async function importProfiles(
  system: string,
  file: string | undefined,
  options: ImportOptions,
): Promise<number> {
  const read = Object.hasOwn(SYSTEMS, system) ? SYSTEMS[system] : undefined;
  if (read === undefined) {
    const known = Object.keys(SYSTEMS);
    throw misused(
      `there is no import from ${system}`,
      didYouMean(system, known) ?? `There are: ${known.join(", ")}.`,
    );
  }
  if ((file === undefined) === (options.broker === undefined)) {
    throw misused(
      "an import reads a file or a broker",
      "Name a file, or --broker mqtt://host:1883.",
    );
  }
  const { drafts, warnings } = await read(file, options);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  if (drafts.length === 0) {
    throw new GatewayError(`nothing of ${system} was found there`, {
      code: "INPUT_UNREADABLE",
      blame: "config",
      hint: FORMS[system] ?? "",
    });
  }
  const files = drafts.map((draft) => ({ name: `${draft.name}.yaml`, text: draftText(draft) }));
  for (const { name, text } of files) {
    const problems = new Problems("PROFILE_INVALID");
    checkProfile(text, name, problems);
    problems.throwIfAny();
  }
  if (options.out === undefined) process.stdout.write(files.map(({ text }) => text).join("---\n"));
  else writeAll(options.out, files);
  return 0;
}

const FORMS: Readonly<Record<string, string>> = {
  edgex: "It reads a device profile of EdgeX 2 or later: YAML or JSON with deviceResources.",
  zigbee2mqtt: "It reads what <base>/bridge/devices retains: a JSON array of devices.",
  homie:
    "It reads lines of a topic, a blank and a payload, as `mosquitto_sub -v -t 'homie/#'` prints them.",
};

function writeAll(
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
): void {
  const there = files.find(({ name }) => existsSync(join(folder, name)));
  if (there !== undefined) {
    throw misused(
      `${join(folder, there.name)} is there already`,
      "Move it away: it may have been edited.",
    );
  }
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) {
    writeFileSync(join(folder, name), text);
    process.stdout.write(`${join(folder, name)}\n`);
  }
}

/** YAML, or the JSON that is a part of it. */
function yamlOf(text: string, name: string): unknown {
  const problems = new Problems("INPUT_UNREADABLE");
  const { value } = new YamlFile(text, name, problems);
  problems.throwIfAny();
  return value;
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw misused(`${name} is not JSON: ${(error as Error).message}`, FORMS["zigbee2mqtt"] ?? "");
  }
}

/** Lines of a topic, a blank and a payload. */
function capturedTopics(file: string | undefined): Map<string, string> {
  const lines = textOfFile(file).split(/\r?\n/);
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const blank = line.indexOf(" ");
      return blank < 1 ? [] : [[line.slice(0, blank), line.slice(blank + 1)]];
    }),
  );
}

async function readTexts(url: string, filters: readonly string[]): Promise<Map<string, string>> {
  const retained = await readRetained(url, filters);
  return new Map([...retained].map(([topic, payload]) => [topic, payload.toString()]));
}

function textOfFile(file: string | undefined): string {
  try {
    return readFileSync(file ?? "", "utf8");
  } catch (error) {
    throw misused(`cannot read ${file}: ${(error as Error).message}`, "Name a file that is there.");
  }
}

function misused(message: string, hint: string): GatewayError {
  return new GatewayError(message, { code: "USAGE", blame: "config", hint });
}
