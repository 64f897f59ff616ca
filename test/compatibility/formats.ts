// What of COMPATIBILITY.md is about formats: each with the vectors that a real Flink has read or written, or the test of what
// Flink does not have, or of what headrace refuses.

import { formatCases, READ_GROUPS, WRITTEN_GROUPS } from "../kit/flink-vectors.ts";
import { filesOf } from "../kit/repository.ts";
import { PROFILE_FORMATS, TABLE_FORMATS } from "../../src/decode/formats.ts";
import { SINK_FORMATS } from "../../src/encode/formats.ts";
import type { Line } from "./page.ts";

/** Formats of Flink that are not here. */
export const MISSING_FORMATS = [
  "debezium-json",
  "debezium-avro-confluent",
  "canal-json",
  "maxwell-json",
  "ogg-json",
  "parquet",
  "orc",
] as const;

/** What no vectors show, each with the test that does, in which its name stands. */
const TESTS: Readonly<Record<string, string>> = {
  "cbor, read": "test/decode/cbor.test.ts",
  "msgpack, read": "test/decode/msgpack.test.ts",
  "senml, read": "test/decode/senml.test.ts",
  "binary, read": "test/decode/binary/reader.test.ts",
  "text, read": "test/config/device-profiles.test.ts",
  "avro-confluent, written": "test/gateway/registry.test.ts",
  "avro.encoding": "test/compatibility/formats.test.ts",
  "avro-confluent.schema": "test/engine/kafka-sink.test.ts",
};
const REFUSALS = "test/compatibility/formats.test.ts";

/** Options of Flink's formats that are refused here. */
const REFUSED_OPTIONS = ["avro.encoding", "avro-confluent.schema"];

/** Made by the gateway itself, no format that anybody names. */
const INTERNAL = "none";

/** The lines of a section. */
export function formatLines(): Line[] {
  const profiles = PROFILE_FORMATS.filter((name) => name !== INTERNAL);
  return [
    ...TABLE_FORMATS.map((name) => line(name, "read", READ_GROUPS)),
    ...profiles.map((name) => {
      const links = tested(`${name}, read`, name);
      return { construct: `\`${name}\`, read, in device profiles`, status: EDGE, links };
    }),
    ...SINK_FORMATS.map((name) => line(name, "written", WRITTEN_GROUPS)),
    ...optionLines(),
    ...REFUSED_OPTIONS.map((name) => {
      return { construct: `\`${name}\``, status: REFUSED, links: tested(name, name) };
    }),
    ...MISSING_FORMATS.map((name) => {
      return { construct: `\`${name}\``, status: REFUSED, links: [REFUSALS] };
    }),
  ];
}

/** What headrace does otherwise than Flink, on purpose. */
export function formatDeviations(): string[] {
  const groups = new Set([...READ_GROUPS, ...WRITTEN_GROUPS].map(([group]) => group));
  const reasons = [...groups].flatMap(formatCases).flatMap(({ differs, decoded, encoded }) => {
    const each = [...(decoded ?? []), ...(encoded ?? [])].map((vector) => vector.differs);
    return [differs, ...each].filter((reason) => reason !== undefined);
  });
  return [...new Set(reasons)];
}

const EDGE = "edge-only" as const;
const REFUSED = "refused" as const;
const SAME = "same as Flink" as const;

/** Formats that Flink has, too. */
const OF_FLINK = ["json", "csv", "raw", "avro", "avro-confluent", "protobuf"];

function line(
  name: string,
  way: "read" | "written",
  groups: readonly (readonly [group: string, format: string])[],
): Line {
  const vectors = groups.filter(([, format]) => format === name).map(([group]) => fileOf(group));
  const links = vectors.length > 0 ? vectors : tested(`${name}, ${way}`, name);
  const status = OF_FLINK.includes(name) ? SAME : EDGE;
  return { construct: `\`${name}\`, ${way}`, status, links };
}

/** Options that Flink takes in some case of the vectors. */
function optionLines(): Line[] {
  const links = new Map<string, Set<string>>();
  for (const [group] of [...READ_GROUPS, ...WRITTEN_GROUPS]) {
    for (const { options, refused } of formatCases(group)) {
      for (const name of refused === undefined ? Object.keys(options) : []) {
        links.set(name, (links.get(name) ?? new Set()).add(fileOf(group)));
      }
    }
  }
  return Array.from(links, ([name, files]) => {
    return { construct: `\`${name}\``, status: SAME, links: [...files] };
  }).toSorted((a, b) => (a.construct < b.construct ? -1 : 1));
}

function tested(key: string, name: string): string[] {
  const test = TESTS[key];
  const files = filesOf((path) => path === test);
  return files.filter(({ text }) => text.includes(name)).map(({ path }) => path);
}

function fileOf(group: string): string {
  return `test/flink-formats/${group}.json`;
}
