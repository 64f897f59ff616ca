// `x-gateway.privacy`: fields that the gateway keeps from its own disk and from everything behind it.
//
//   privacy:
//     fields: {owner: drop, badge: hash, phone: {truncate: 4}}
//     key: ${file:privacy.key}         of the hashes
//     journal: redacted                the original is on no disk; the only way there is: a replay over originals would need
//                                      the key, which may have changed since

import { dirname } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { PRIVATE_FORMATS } from "../core/format/privacy.ts";
import type { PrivacyAction, PrivateCodec, PrivateMessages } from "../core/format/privacy.ts";
import type { ProfileCodec } from "../core/format/profile-codec.ts";
import { didYouMean } from "../core/suggest.ts";
import { choice, field, mapping, section, whole, withHint, wrong } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { PlacedProblem } from "./problems.ts";
import { framePrivacyProblems } from "./profile-privacy-frames.ts";
import type { Profile, ProfilePrivacy } from "./profile.ts";
import { renew, secretReference } from "./secrets.ts";

/** A key that could be tried out hides nothing. */
const KEY_CHARACTERS = 16;

const TRUNCATE = section({ truncate: whole(0, 1000) });
const ACTION: Field<PrivacyAction> = field(
  (value) => {
    if (value === "drop" || value === "hash") return { kind: value };
    const truncate = TRUNCATE.safeParse(value);
    if (truncate.success) return { kind: "truncate", characters: truncate.data.truncate };
    const hint = typeof value === "string" ? didYouMean(value, ["drop", "hash"]) : undefined;
    return wrong(withHint("must be drop, hash or {truncate: 4}", hint));
  },
  { anyOf: [{ enum: ["drop", "hash"] }, { type: "object", required: ["truncate"] }] },
);

/** The section. */
export const PRIVACY: Field<ProfilePrivacy> = section({
  fields: mapping(ACTION),
  key: secretReference().optional(),
  journal: choice(["redacted"]).default("redacted"),
}).transform(({ fields, key }): ProfilePrivacy => ({ fields, key }));

/** What cannot be kept private as it is written; each with its place in the file. */
export function privacyProblems(profile: Profile): PlacedProblem[] {
  const { privacy, resources, codec } = profile;
  if (privacy === undefined) return [];
  const problems: PlacedProblem[] = [];
  const add = (path: readonly string[], message: string, hint?: string): void => {
    problems.push({ path: ["x-gateway", "privacy", ...path], message, hint });
  };
  if (!isPrivate(codec)) {
    const hint = `It goes with codec ${PRIVATE_FORMATS.join(", ")}.`;
    add([], `privacy is not built yet for codec ${codec.type}`, hint);
  }
  const typeOf = new Map(resources.map(({ name, valueType }) => [name, valueType]));
  for (const [name, { kind }] of Object.entries(privacy.fields)) {
    const type = typeOf.get(name);
    if (type === undefined) {
      add(["fields", name], `"${name}" is not a resource`, didYouMean(name, [...typeOf.keys()]));
    } else if (kind !== "drop" && type !== "String") {
      add(["fields", name], `"${name}" is ${type}: ${kind} makes text`, "Make it a String.");
    }
  }
  const hashes = Object.values(privacy.fields).some(({ kind }) => kind === "hash");
  if (hashes && privacy.key === undefined) {
    add(["fields"], "has a hash, which needs a key", "Write key: ${file:privacy.key}.");
  }
  const actions = new Set(resources.map(({ name }) => JSON.stringify(privacy.fields[name])));
  if (codec.type === "text" && actions.size > 1) {
    add(["fields"], "the text is that of every resource", "Name them all, with the same.");
  }
  return [...problems, ...framePrivacyProblems(profile)];
}

/** What is kept private of a profile's messages, under this key; none or one. */
export function privateMessages(profile: Profile, key: string): PrivateMessages[] {
  const { privacy, resources, topic, except, codec } = profile;
  if (privacy === undefined || !isPrivate(codec)) return [];
  const fields = resources.flatMap(({ name, address }) => {
    const action = privacy.fields[name];
    return action === undefined ? [] : [{ address, action }];
  });
  return [{ topic, except, codec, fields, key }];
}

function isPrivate(codec: ProfileCodec): codec is ProfileCodec & PrivateCodec {
  return PRIVATE_FORMATS.some((format) => format === codec.type);
}

/** The same of all profiles, keys included: to be written nowhere. Throws for a key that cannot be had. */
export function privacyOf(profiles: readonly Profile[]): PrivateMessages[] {
  return profiles.flatMap((profile) => privateMessages(profile, keyOf(profile)));
}

/** The key now, empty where none is named. Throws a GatewayError of blame external when it is not there. */
export function keyOf({ file, privacy }: Profile): string {
  if (privacy?.key === undefined) return "";
  const key = renew({ written: privacy.key, directory: dirname(file) });
  if (key.length >= KEY_CHARACTERS) return key;
  throw new GatewayError(`the key has ${key.length} characters: less than ${KEY_CHARACTERS}`, {
    code: "INPUT_UNREADABLE",
    blame: "external",
  });
}
