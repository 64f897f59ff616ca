// `x-gateway.codec` of a device profile: the payload's format, with what it needs besides the addresses.

import { CHECKSUMS } from "../core/format/checksums.ts";
import { DEFAULT_DIALECT } from "../core/format/csv-dialect.ts";
import type {
  ByteAddress,
  FrameCheck,
  FrameRecords,
  ProfileCodec,
} from "../core/format/profile-codec.ts";
import { choice, field, flag, section, text, whole, withHint, wrong, z } from "./fields.ts";
import type { Field } from "./fields.ts";
import { ADDRESS_KEYS, addressOf } from "./profile-address.ts";

/** A codec that is complete, or one whose schema stands in a file that is still to be read. */
export type CodecFile =
  | ProfileCodec
  | { readonly type: "protobuf-file"; readonly proto: string; readonly message: string }
  | { readonly type: "avro-file"; readonly schema: string }
  | { readonly type: "confluent-file"; readonly schema: string };

const FRAME_BYTES = 1_048_576;

function character(): Field<string> {
  return field(
    (value) =>
      typeof value === "string" && value.length === 1 ? value : wrong("must be a single character"),
    { type: "string", minLength: 1, maxLength: 1 },
  );
}

function place(): Field<number> {
  return whole(-FRAME_BYTES, FRAME_BYTES);
}

/** An address that must be bytes. */
function bytes(inRecord: boolean): Field<ByteAddress> {
  return section(ADDRESS_KEYS).transform((file, context): ByteAddress => {
    const address = addressOf(file);
    if (typeof address === "object" && address.kind === "bytes" && address.inRecord === inRecord) {
      return address;
    }
    const message =
      typeof address === "string" ? address : `must have ${inRecord ? "record" : "at"} and as`;
    context.issues.push({ code: "custom", message, input: file });
    return z.NEVER;
  });
}

const CHECK_KEYS = Object.fromEntries(
  Object.entries(CHECKSUMS).map(([family, variants]) => {
    const names = Object.keys(variants);
    const kind = choice(names);
    return [
      family,
      section({
        kind: names.includes("plain") ? kind.default("plain") : kind,
        /** Where it is stored; what it covers ends there unless `to` says otherwise. */
        at: place(),
        from: place().default(0),
        to: place().optional(),
        order: choice(["be", "le"]).optional(),
      }).optional(),
    ];
  }),
);

const CHECK: Field<FrameCheck> = section(CHECK_KEYS).transform((value, context): FrameCheck => {
  const given = Object.entries(value).filter(([, check]) => check !== undefined);
  const [first] = given;
  if (given.length !== 1 || first === undefined) {
    const message = `must have one of: ${Object.keys(CHECKSUMS).join(", ")}`;
    context.issues.push({ code: "custom", message, input: value });
    return z.NEVER;
  }
  const [family, check] = first as [string, CheckFile];
  const { kind, at, from, to = at } = check;
  const checksum = CHECKSUMS[family]?.[kind];
  // A reflected CRC goes out with its low byte first.
  const order = checksum?.kind === "crc" && checksum.isReflected ? "le" : "be";
  return { algorithm: `${family}/${kind}`, at, from, to, order: check.order ?? order };
});

interface CheckFile {
  readonly kind: string;
  readonly at: number;
  readonly from: number;
  readonly to?: number | undefined;
  readonly order?: "be" | "le" | undefined;
}

const RECORDS: Field<FrameRecords> = section({
  at: whole(0, FRAME_BYTES),
  end: whole(-FRAME_BYTES, 0).default(0),
  size: whole(1, FRAME_BYTES).optional(),
  length: section({ field: bytes(true), add: whole(-256, FRAME_BYTES).default(0) }).optional(),
  count: bytes(false).optional(),
}).transform(({ at, end, size, length, count }, context): FrameRecords => {
  if ((size === undefined) === (length === undefined)) {
    const message = "must have either size or length";
    context.issues.push({ code: "custom", message, input: { at } });
    return z.NEVER;
  }
  return { at, end, size, length, count };
});

const CODECS = z.discriminatedUnion(
  "type",
  [
    section({ type: z.literal("json") }),
    section({ type: z.literal("cbor") }),
    section({ type: z.literal("msgpack") }),
    section({ type: z.literal("text") }),
    section({ type: z.literal("senml"), encoding: choice(["json", "cbor"]).default("json") }),
    section({
      type: z.literal("csv"),
      delimiter: character().default(DEFAULT_DIALECT.delimiter),
      quote: character().default('"'),
      comments: flag().default(false),
      /** Head lines of each message. */
      skipLines: whole(0, 1000).default(0),
    }),
    section({
      type: z.literal("binary"),
      minLength: whole(0, FRAME_BYTES).default(0),
      maxLength: whole(1, FRAME_BYTES).default(FRAME_BYTES),
      check: CHECK.optional(),
      records: RECORDS.optional(),
    }),
    section({ type: z.literal("protobuf"), proto: text(), message: text() }),
    section({ type: z.literal("avro"), schema: text() }),
    section({
      type: z.literal("avro-confluent"),
      /** Of examples and `profile decode`: the gateway goes by the registry alone. */
      schema: text().optional(),
    }),
  ],
  {
    error: (issue) => {
      const { input } = issue;
      if (typeof input === "string" && TYPES.includes(input)) {
        return withHint("must be a mapping with a type", `Write {type: ${input}}.`);
      }
      const type = (input as { readonly type?: unknown } | undefined)?.type;
      return type === "sparkplug_b"
        ? '"sparkplug_b" is not built yet: it comes later'
        : `must have a type: ${TYPES.join(", ")}`;
    },
  },
);

const TYPES = "json binary cbor msgpack protobuf avro avro-confluent senml csv text".split(" ");

export const CODEC: Field<CodecFile> = CODECS.transform((codec): CodecFile => {
  switch (codec.type) {
    case "csv": {
      const { delimiter, quote, comments, skipLines } = codec;
      const dialect = { ...DEFAULT_DIALECT, delimiter, quote, hasComments: comments };
      return { type: "csv", dialect, skipLines };
    }
    case "binary": {
      const { minLength, maxLength, check, records } = codec;
      return { type: "binary", minLength, maxLength, check, records };
    }
    case "protobuf":
      return { type: "protobuf-file", proto: codec.proto, message: codec.message };
    case "avro":
      return { type: "avro-file", schema: codec.schema };
    case "avro-confluent":
      return codec.schema === undefined
        ? { type: "avro-confluent", schema: undefined }
        : { type: "confluent-file", schema: codec.schema };
    default:
      return codec;
  }
});
