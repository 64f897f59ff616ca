// `headrace profile export FORMAT PROFILE`: the rows of a profile for others: a cluster's SQL, schemas, a page to read.

import { DISCOVERY_PREFIX } from "../../config/profile-publish.ts";
import { profileTable } from "../../config/profile-table.ts";
import { avroSchemaOf } from "../../core/format/avro-columns.ts";
import { discoveryOf } from "../../config/home-assistant/discovery.ts";
import { GatewayError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { topicCaptures } from "../../core/topic-filter.ts";
import { packageVersion } from "../version.ts";
import { findProfile } from "./find.ts";
import { flinkTable } from "./flink-table.ts";
import { markdownPage } from "./markdown.ts";
import { rowJsonSchema } from "./row-schema.ts";
import type { Profile } from "../../config/profile.ts";

export interface ExportOptions {
  /** Of flink: the Kafka topic; default: the profile's name. Of homeassistant: the topic of a device. */
  readonly topic?: string;
  /** Of flink: `properties.bootstrap.servers`. */
  readonly brokers?: string;
  /** Of homeassistant: its discovery prefix. */
  readonly prefix?: string;
}

const FORMATS: Readonly<Record<string, (profile: Profile, options: ExportOptions) => string>> = {
  flink: flinkTable,
  avro: (profile) => pretty(JSON.parse(avroSchema(profile))),
  "json-schema": (profile) => pretty(rowJsonSchema(profile)),
  markdown: markdownPage,
  homeassistant: homeAssistant,
};

/** Options by format. */
const OPTIONS: Readonly<Record<string, readonly (keyof ExportOptions)[]>> = {
  flink: ["topic", "brokers"],
  homeassistant: ["topic", "prefix"],
};

export function exportProfile(format: string, nameOrFile: string, options: ExportOptions): number {
  const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (write === undefined) {
    const known = Object.keys(FORMATS);
    throw misused(
      `there is no export ${format}`,
      didYouMean(format, known) ?? `There are: ${known.join(", ")}.`,
    );
  }
  const known = OPTIONS[format] ?? [];
  const strange = Object.keys(options).find((name) => !known.some((each) => each === name));
  if (strange !== undefined)
    throw misused(`--${strange} does not go with ${format}`, "Leave it out.");
  process.stdout.write(`${write(findProfile(nameOrFile), options)}\n`);
  return 0;
}

/** The schema that Flink derives from the table's columns, which `'format' = 'avro'` of a Kafka sink writes. */
function avroSchema(profile: Profile): string {
  const table = profileTable(profile);
  return avroSchemaOf({ table, fields: table.columns, isLegacy: false });
}

/** The discovery of one device, whose topic tells its name. */
function homeAssistant(profile: Profile, options: ExportOptions): string {
  const { topic, prefix = DISCOVERY_PREFIX } = options;
  const captures = topic === undefined ? undefined : topicCaptures(profile.topic, topic);
  if (topic === undefined || captures === undefined) {
    throw misused(
      topic === undefined ? "homeassistant needs --topic" : `${topic} is no topic of the profile`,
      `Name a device's topic, such as ${profile.topic.replaceAll(/\{(\w+)(?:\.\.\.)?\}/g, "$1")}.`,
    );
  }
  const discovery = discoveryOf(profile, { prefix, topic, captures, version: packageVersion() });
  if (discovery !== undefined) return pretty(discovery);
  throw misused(
    `Home Assistant reads nothing of codec ${profile.codec.type}`,
    "It reads JSON and text, and no arrays of rows.",
  );
}

function pretty(json: unknown): string {
  return JSON.stringify(json, null, 2);
}

function misused(message: string, hint: string): GatewayError {
  return new GatewayError(message, { code: "USAGE", blame: "config", hint });
}
