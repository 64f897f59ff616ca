// What a device profile keeps from the gateway's disk and from everything behind it.

/** Of a field: NULL; a keyed hash; its first characters. */
export type PrivacyAction =
  | { readonly kind: "drop" }
  | { readonly kind: "hash" }
  | { readonly kind: "truncate"; readonly characters: number };

export interface PrivateField {
  /** Keys and indexes from the payload's root; EACH is every element of an array. */
  readonly path: readonly string[];
  readonly action: PrivacyAction;
}

/** Formats of payloads that can be made private. */
export const PRIVATE_FORMATS = ["json", "cbor", "msgpack"] as const;
export type PrivateFormat = (typeof PRIVATE_FORMATS)[number];

/** Messages whose fields are made private before anything else is done with them. */
export interface PrivateMessages {
  /** Topic with captures, and filters that do not belong to it. */
  readonly topic: string;
  readonly except: readonly string[];
  readonly format: PrivateFormat;
  readonly fields: readonly PrivateField[];
  /** Of the hashes; empty where there are none. It is in no journal and no checkpoint. */
  readonly key: string;
}
