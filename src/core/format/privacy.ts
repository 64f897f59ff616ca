// What a device profile keeps from the gateway's disk and from everything behind it.

import type { Address, ProfileCodec } from "./profile-codec.ts";

/** Of a field: NULL; a keyed hash; its first characters. */
export type PrivacyAction =
  | { readonly kind: "drop" }
  | { readonly kind: "hash" }
  | { readonly kind: "truncate"; readonly characters: number };

/** In a path EACH is every element of an array. */
export interface PrivateField {
  readonly address: Address;
  readonly action: PrivacyAction;
}

/** Formats of payloads that can be made private. */
export const PRIVATE_FORMATS = ["json", "cbor", "msgpack", "csv", "binary", "text"] as const;

/** The payload's format, as a profile has it. */
export type PrivateCodec =
  | { readonly type: "json" | "cbor" | "msgpack" | "text" }
  | Extract<ProfileCodec, { readonly type: "csv" | "binary" }>;

/** Messages whose fields are made private before anything else is done with them. */
export interface PrivateMessages {
  /** Topic with captures, and filters that do not belong to it. */
  readonly topic: string;
  readonly except: readonly string[];
  readonly codec: PrivateCodec;
  readonly fields: readonly PrivateField[];
  /** Of the hashes; empty where there are none. It is in no journal and no checkpoint. */
  readonly key: string;
}
