// `x-gateway.quality`: what makes a value uncertain or bad besides its bounds. Durations are in event time,
// except that of silence.
//
//   range: bad                                     what a value outside of minimum and maximum is
//   stuckFor: 15m                                  a Float that has not changed for so long is stuck: uncertain
//   silentFor: {temperature: 2m}                   missing in the device's rows for so long it is stale: uncertain
//   silentFor: {device: 10m}                       no message at all for so long in the gateway's time: silent
//   flags: [{resource: fault, on: temperature}]    true, or a number other than 0, makes it bad

import { didYouMean } from "../core/suggest.ts";
import { QUALITIES } from "../core/format/profile-decoding.ts";
import type { Quality } from "../core/format/profile-decoding.ts";
import { choice, duration, list, section, text, z } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { DeviceResource, Profile, ProfileQuality, QualityFlag } from "./profile.ts";
import type { PlacedProblem } from "./problems.ts";
import type { Path } from "./yaml.ts";

/** What `silentFor` calls the device as a whole: no resource has the name of a capture. */
const DEVICE = "device";

/** Every resource of a kind, or those named. */
type Durations = number | Readonly<Record<string, number>>;

export interface QualityFile {
  readonly range: Quality;
  readonly stuckFor?: Durations | undefined;
  readonly silentFor?: Durations | undefined;
  readonly flags: readonly QualityFlag[];
}

const FLAG: Field<QualityFlag> = section({
  resource: text(),
  on: text().optional(),
  quality: choice(QUALITIES).default("bad"),
}).transform(({ resource, on, quality }): QualityFlag => ({ resource, on, quality }));

/** The section, with its defaults. */
export const QUALITY: Field<QualityFile> = section({
  range: choice(QUALITIES).default("bad"),
  stuckFor: durations().optional(),
  silentFor: durations().optional(),
  flags: list(FLAG).default([]),
});

/** A section as read, told of the resources that a duration without names is for. */
export function resourceQuality(
  { range, stuckFor, silentFor, flags }: QualityFile,
  resources: readonly DeviceResource[],
): ProfileQuality {
  const floats = resources.filter(({ valueType }) => valueType.startsWith("Float"));
  const { [DEVICE]: _, ...silentForMs } = byResource(silentFor, resources);
  return {
    range,
    stuckForMs: byResource(stuckFor, floats),
    silentForMs,
    deviceSilentForMs: typeof silentFor === "number" ? silentFor : silentFor?.[DEVICE],
    flags,
  };
}

/** What the section says of resources that are not there, or are of the wrong kind; each with its place in the file. */
export function qualityProblems({ quality, resources }: Profile): PlacedProblem[] {
  const { stuckForMs, silentForMs, flags } = quality;
  const typeOf = new Map(resources.map(({ name, valueType }) => [name, valueType]));
  const problems: PlacedProblem[] = [];
  const check = (name: string, path: Path, wrongTypes: readonly string[], what = ""): void => {
    const type = typeOf.get(name);
    const place = ["x-gateway", "quality", ...path];
    if (type === undefined) {
      const hint = didYouMean(name, [...typeOf.keys()]);
      problems.push({ path: place, message: `"${name}" is not a resource`, hint });
    } else if (wrongTypes.includes(type)) {
      problems.push({ path: place, message: `"${name}" is ${type}: ${what}` });
    }
  };
  for (const name of Object.keys(stuckForMs)) {
    check(name, ["stuckFor", name], ["Bool", "String", "Uint64"], "only numbers get stuck");
  }
  for (const name of Object.keys(silentForMs)) check(name, ["silentFor", name], []);
  for (const [i, { resource, on }] of flags.entries()) {
    check(resource, ["flags", i, "resource"], ["String", "Uint64"], "a flag is a Bool or a number");
    if (on !== undefined) check(on, ["flags", i, "on"], []);
  }
  return problems;
}

function byResource(
  given: Durations | undefined,
  resources: readonly DeviceResource[],
): Readonly<Record<string, number>> {
  if (typeof given !== "number") return given ?? {};
  return Object.fromEntries(resources.map(({ name }) => [name, given]));
}

/** A duration, or one by resource. */
function durations(): Field<Durations> {
  const one = duration({ min: 1 });
  const { $schema: _, ...form } = z.toJSONSchema(one, { io: "input", unrepresentable: "any" });
  const read = z.unknown().transform((value, context): Durations => {
    const parse = (each: unknown, path: string[], more: string): number => {
      const own = one.safeParse(each);
      if (own.success) return own.data;
      const message = `${own.error.issues[0]?.message ?? ""}${more}`;
      context.issues.push({ code: "custom", message, input: each, path });
      return z.NEVER;
    };
    if (typeof value !== "object" || value === null) {
      return parse(value, [], ", or one by resource: {temperature: 15m}");
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, parse(each, [name], "")]),
    );
  });
  return read.meta({ anyOf: [form, { type: "object", additionalProperties: form }] });
}
