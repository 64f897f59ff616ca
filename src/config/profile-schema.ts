// The form of a device profile file (EdgeX's shape, everything of ours under `x-gateway`), with defaults. Keys of
// later stages are refused by name.

import {
  choice,
  field,
  flag,
  list,
  mapping,
  number,
  pattern,
  section,
  text,
  texts,
  units,
  whole,
  wrong,
  z,
} from "./fields.ts";
import type { Field, Wrong } from "./fields.ts";
import { address, ADDRESS_KEYS, LATER_ADDRESSES } from "./profile-address.ts";
import { ALARM, LIMITS } from "./profile-alarms.ts";
import { AVAILABILITY } from "./profile-availability-section.ts";
import { CODEC } from "./profile-codec.ts";
import type { CodecFile } from "./profile-codec.ts";
import { PRIVACY } from "./profile-privacy.ts";
import { PUBLISH } from "./profile-publish.ts";
import { QUALITY, resourceQuality } from "./profile-quality.ts";
import { SIMULATION, asScalar } from "./profile-simulation.ts";
import type { Scalar } from "./profile-simulation.ts";
import { TIME } from "./profile-time.ts";
import { capturesOf, topicFilter } from "./profile-topic.ts";
import { UPLINK } from "./profile-uplink.ts";
import { VALUE_TYPES } from "./profile.ts";
import type { DeviceResource, Profile, ProfileExample, ProfileIdentity } from "./profile.ts";

const EXAMPLE_RECEIVE_TIME = "2026-01-01T00:00:00Z";

const name = (): Field<string> =>
  pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and _");

const MASK_FORM = { type: ["string", "integer"], description: "a mask such as 0x0f" };

/** `0x0f` or a number. */
function mask(): Field<bigint> {
  return field((value) => {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      return wrong("is beyond 2^53: write it in quotes");
    }
    const digits = String(value);
    return /^(?:\d{1,20}|0x[0-9a-fA-F]{1,16})$/.test(digits)
      ? BigInt(digits)
      : wrong("must be a mask such as 0x0f, as text or a number");
  }, MASK_FORM);
}

const RESOURCE: Field<DeviceResource> = section({
  name: name(),
  description: text().optional(),
  isHidden: flag().optional(),
  tag: text().optional(),
  attributes: section(ADDRESS_KEYS, LATER_ADDRESSES).prefault({}),
  properties: section(
    {
      valueType: choice(VALUE_TYPES),
      readWrite: choice(["R", "W", "RW", "WR"]).default("R"),
      units: units().default(""),
      /** Applied in this order, EdgeX's: mask, shift, base, scale, offset. */
      mask: mask().optional(),
      shift: whole(-63, 63).default(0),
      base: number().optional(),
      scale: number().default(1),
      offset: number().default(0),
      minimum: number().optional(),
      maximum: number().optional(),
      /** Texts of a Bool besides true and false. */
      on: texts().optional(),
      off: texts().optional(),
    },
    ["assertion", "mediaType", "defaultValue", "optional"],
  ),
}).transform(
  ({ attributes, properties, description = "", ...resource }, context): DeviceResource => {
    const { valueType, minimum, maximum, base } = properties;
    const { shift, scale, offset, on, off } = properties;
    if ((on === undefined) !== (off === undefined) || on?.some((each) => off?.includes(each))) {
      const message = "must have both on and off, and not the same";
      context.issues.push({ code: "custom", message, input: on, path: ["properties"] });
      return z.NEVER;
    }
    const words = on === undefined || off === undefined ? undefined : { on, off };
    return {
      name: resource.name,
      description,
      address: address(attributes, context, ["attributes"]),
      valueType,
      units: properties.units,
      transform: { mask: properties.mask, shift, base, scale, offset, words },
      minimum,
      maximum,
    };
  },
);

const IDENTITY: Field<ProfileIdentity> = section({
  key: pattern(
    /^(?:\{device\}|[A-Za-z_][A-Za-z0-9_]*)$/,
    "{device} or the name of a column",
  ).default("{device}"),
  sequence: section(ADDRESS_KEYS, LATER_ADDRESSES),
  epoch: name().optional(),
  wraps: whole(2, 2 ** 53 - 1).optional(),
  window: whole(1, 65_536).optional(),
  uncertain: choice(["drop", "accept"]).default("drop"),
}).transform(({ key, sequence, ...rest }, context): ProfileIdentity => {
  const { epoch, wraps, window, uncertain } = rest;
  return {
    key: key === "{device}" ? "device" : key,
    sequence: address(sequence, context, ["sequence"]),
    epoch,
    wraps,
    window,
    uncertain,
  };
});

const EXAMPLE: Field<ProfileExample> = section({
  topic: text(),
  payload: field(
    (value) => {
      if (typeof value === "string") return value;
      return typeof value === "object" && value !== null
        ? JSON.stringify(value)
        : wrong("must be text, or a mapping that is sent as JSON");
    },
    { type: ["string", "object", "array"] },
  ).optional(),
  hex: pattern(/^(?:[0-9a-fA-F]{2}\s*)*$/, "bytes as hexadecimal digits").optional(),
  receiveTime: field(
    (value) => {
      const ms = Date.parse(String(value));
      return Number.isNaN(ms) ? wrong("must be a time such as 2026-01-01T00:00:00Z") : ms;
    },
    { type: "string" },
  ).default(Date.parse(EXAMPLE_RECEIVE_TIME)),
  row: mapping(
    field((value): Scalar | null | Wrong => (value === null ? null : asScalar(value)), {
      type: ["string", "number", "boolean", "null"],
    }),
  ).optional(),
  deadLetter: text().optional(),
})
  .refine((value) => (value.row === undefined) !== (value.deadLetter === undefined), {
    error: () => "must have either row or deadLetter",
  })
  .refine((value) => (value.payload === undefined) !== (value.hex === undefined), {
    error: () => "must have either payload or hex",
  })
  .transform(({ topic, payload, hex = "", receiveTime, row, deadLetter }): ProfileExample => {
    const expect = deadLetter === undefined ? { row: row ?? {} } : { deadLetter };
    const bytes = payload ?? Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
    return { topic, payload: bytes, receiveTimeMs: receiveTime, expect };
  });

function qos(): Field<0 | 1> {
  return field((value) => (value === 1 ? 1 : value === 0 ? 0 : wrong("must be 0 or 1")), {
    enum: [0, 1],
  });
}

const GATEWAY = section(
  {
    version: field((value) => (value === 1 ? 1 : wrong("must be 1, the version of this form")), {
      const: 1,
    }),
    match: section({ topic: text(), except: list(text()).default([]), qos: qos().default(1) }, [
      "sparkplug",
    ]),
    codec: CODEC,
    time: TIME.prefault({}),
    identity: IDENTITY.optional(),
    quality: QUALITY.prefault({}),
    availability: AVAILABILITY.optional(),
    alarms: list(ALARM).default([]),
    limits: mapping(LIMITS).default({}),
    privacy: PRIVACY.optional(),
    publish: PUBLISH.optional(),
    uplink: UPLINK.optional(),
    simulate: SIMULATION.optional(),
    examples: list(EXAMPLE).default([]),
  },
  ["sparkplug", "retention"],
);

/** A profile as its file has it: a schema that stands in a file of its own is not read yet. */
export type ProfileFile = Omit<Profile, "codec" | "file"> & { readonly codec: CodecFile };

export const PROFILE_SCHEMA: Field<ProfileFile> = section(
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
).transform(({ deviceResources, "x-gateway": gateway, ...about }): ProfileFile => {
  const { match, codec, time, identity, quality, alarms, limits, simulate, examples } = gateway;
  const { availability } = gateway;
  const besides = availability === undefined ? [] : [topicFilter(availability.topic)];
  return {
    ...about,
    resources: deviceResources,
    topic: match.topic,
    captures: capturesOf(match.topic),
    except: [...match.except, ...besides],
    qos: match.qos,
    codec,
    time,
    identity,
    quality: resourceQuality(quality, deviceResources),
    availability,
    alarms,
    limits,
    privacy: gateway.privacy,
    publish: gateway.publish,
    uplink: gateway.uplink,
    simulate,
    examples,
  };
});
