// The form of a device profile file (EdgeX's shape, everything of ours under `x-gateway`), with defaults. One codec
// is built: JSON by pointers. Keys of the other codecs and of later stages are refused by name.

import {
  choice,
  duration,
  field,
  flag,
  list,
  mapping,
  number,
  pattern,
  section,
  text,
  whole,
  withHint,
  wrong,
} from "./fields.ts";
import type { Field, Wrong } from "./fields.ts";
import { SIMULATION, asScalar } from "./profile-simulation.ts";
import type { Scalar } from "./profile-simulation.ts";
import { TIME_UNITS, VALUE_TYPES } from "./profile.ts";
import type {
  DeviceResource,
  Profile,
  ProfileExample,
  ProfileIdentity,
  ProfileTime,
} from "./profile.ts";
import { unitProblem } from "./ucum.ts";

/** Further ahead than this is a wrong clock, not a fast one. */
const MAX_FUTURE_MS = 3_600_000;
/** What networks reorder, not what devices store and forward. */
const OUT_OF_ORDER_MS = 5000;
const EXAMPLE_RECEIVE_TIME = "2026-01-01T00:00:00Z";

/** The names in `{…}` of a topic, in order. */
function capturesOf(topic: string): string[] {
  return [...topic.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)(?:\.\.\.)?\}/g)].map(
    ([, name = ""]) => name,
  );
}

const pointer = (): Field<string> =>
  pattern(/^(?:\/(?:[^~/]|~[01])*)+$/, "a JSON pointer such as /temperature or /em/0/power");

const name = (): Field<string> =>
  pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and _");

const units = (): Field<string> =>
  field((value) => {
    if (typeof value !== "string") return wrong("must be a UCUM code as text");
    const problem = unitProblem(value);
    return problem === undefined ? value : wrong(withHint(problem.message, problem.hint));
  });

/** Addressing of the codecs that come later. */
const OTHER_ADDRESSES = ["at", "as", "path", "metric", "column", "bit", "record"];

const RESOURCE: Field<DeviceResource> = section({
  name: name(),
  description: text().optional(),
  isHidden: flag().optional(),
  tag: text().optional(),
  attributes: section({ pointer: pointer() }, OTHER_ADDRESSES),
  properties: section(
    {
      valueType: choice(VALUE_TYPES),
      readWrite: choice(["R", "W", "RW", "WR"]).default("R"),
      units: units().default(""),
      scale: number().default(1),
      offset: number().default(0),
      minimum: number().optional(),
      maximum: number().optional(),
    },
    ["mask", "shift", "base", "assertion", "mediaType", "defaultValue", "optional"],
  ),
}).transform(({ attributes, properties, description = "", ...resource }): DeviceResource => {
  const { valueType, scale, offset, minimum, maximum } = properties;
  return {
    name: resource.name,
    description,
    pointer: attributes.pointer,
    valueType,
    units: properties.units,
    scale,
    offset,
    minimum,
    maximum,
  };
});

const TIME: Field<ProfileTime> = section(
  {
    /** Without it, event time is receive time. */
    pointer: pointer().optional(),
    unit: choice(TIME_UNITS).default("ms"),
    maxFuture: duration().default(MAX_FUTURE_MS),
    outOfOrder: duration().default(OUT_OF_ORDER_MS),
    else: choice(["receive", "deadLetter"]).default("deadLetter"),
    whenUnsynced: choice(["accept", "deadLetter", "useReceiveTime"]).default("deadLetter"),
  },
  OTHER_ADDRESSES,
).transform((time): ProfileTime => {
  const unsynced = {
    accept: "accept",
    deadLetter: "dead-letter",
    useReceiveTime: "use-receive-time",
  } as const;
  return {
    pointer: time.pointer,
    unit: time.unit,
    maxFutureMs: time.maxFuture,
    outOfOrderMs: time.outOfOrder,
    missing: time.else === "receive" ? "receive" : "dead-letter",
    whenUnsynced: unsynced[time.whenUnsynced],
  };
});

const IDENTITY: Field<ProfileIdentity> = section({
  key: pattern(
    /^(?:\{device\}|[A-Za-z_][A-Za-z0-9_]*)$/,
    "{device} or the name of a column",
  ).default("{device}"),
  sequence: section({ pointer: pointer() }, OTHER_ADDRESSES),
  epoch: name().optional(),
  wraps: whole(2, 2 ** 53 - 1).optional(),
  window: whole(1, 65_536).optional(),
  uncertain: choice(["drop", "accept"]).default("drop"),
}).transform(({ key, sequence, epoch, wraps, window, uncertain }): ProfileIdentity => {
  return {
    key: key === "{device}" ? "device" : key,
    sequencePointer: sequence.pointer,
    epoch,
    wraps,
    window,
    uncertain,
  };
});

const EXAMPLE: Field<ProfileExample> = section({
  topic: text(),
  payload: field((value) => {
    if (typeof value === "string") return value;
    return typeof value === "object" && value !== null
      ? JSON.stringify(value)
      : wrong("must be text, or a mapping that is sent as JSON");
  }),
  receiveTime: field((value) => {
    const ms = Date.parse(String(value));
    return Number.isNaN(ms) ? wrong("must be a time such as 2026-01-01T00:00:00Z") : ms;
  }).default(Date.parse(EXAMPLE_RECEIVE_TIME)),
  row: mapping(
    field((value): Scalar | null | Wrong => (value === null ? null : asScalar(value))),
  ).optional(),
  deadLetter: text().optional(),
})
  .refine((value) => (value.row === undefined) !== (value.deadLetter === undefined), {
    error: () => "must have either row or deadLetter",
  })
  .transform(({ topic, payload, receiveTime, row, deadLetter }): ProfileExample => {
    const expect = deadLetter === undefined ? { row: row ?? {} } : { deadLetter };
    return { topic, payload, receiveTimeMs: receiveTime, expect };
  });

function qos(): Field<0 | 1> {
  return field((value) => (value === 1 ? 1 : value === 0 ? 0 : wrong("must be 0 or 1")));
}

const LATER_CODECS = new Set(
  "binary cbor msgpack protobuf avro senml csv text sparkplug_b".split(" "),
);

function codecType(): Field<"json"> {
  return field((value) => {
    if (value === "json") return "json";
    if (!LATER_CODECS.has(String(value))) return wrong("must be json");
    return wrong(`"${String(value)}" is not built yet: it comes later`);
  });
}

const GATEWAY = section(
  {
    version: field((value) => (value === 1 ? 1 : wrong("must be 1, the version of this form"))),
    match: section({ topic: text(), except: list(text()).default([]), qos: qos().default(1) }, [
      "sparkplug",
    ]),
    codec: section({ type: codecType() }),
    time: TIME.prefault({}),
    identity: IDENTITY.optional(),
    quality: section({ range: choice(["good", "uncertain", "bad"]).default("bad") }, [
      "stuckFor",
      "silentFor",
    ]).prefault({}),
    simulate: SIMULATION.optional(),
    examples: list(EXAMPLE).default([]),
  },
  ["uplink", "sparkplug", "availability", "publish", "privacy", "retention"],
);

/** A profile's file; `file` of the result is empty. */
export const PROFILE_SCHEMA: Field<Profile> = section(
  {
    name: pattern(/^[A-Za-z_][A-Za-z0-9_-]*$/, "a name of letters, digits, - and _"),
    manufacturer: text().default(""),
    model: text().default(""),
    description: text().default(""),
    labels: list(text()).default([]),
    deviceResources: list(RESOURCE),
    "x-gateway": GATEWAY,
  },
  ["deviceCommands", "apiVersion", "created", "modified", "id"],
).transform(({ deviceResources, "x-gateway": gateway, ...about }): Profile => {
  const { match, time, identity, quality, simulate, examples } = gateway;
  return {
    ...about,
    file: "",
    resources: deviceResources,
    topic: match.topic,
    captures: capturesOf(match.topic),
    except: match.except,
    qos: match.qos,
    time,
    identity,
    outOfRange: quality.range,
    simulate,
    examples,
  };
});
