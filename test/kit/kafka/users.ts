// SCRAM users of a broker: made, and given another password, by AlterUserScramCredentials, version 0. It is in the
// flexible encoding: lengths plus one as varints, structures end in tagged fields (none: a zero byte).
//
//   request    [ deletion ]  [ text name  i8 mechanism  i32 iterations  bytes salt  bytes saltedPassword ]

import { pbkdf2Sync, randomBytes } from "node:crypto";
import { request } from "./requests.ts";

const ALTER_SCRAM = { key: 51, version: 0 };
const ITERATIONS = 4096;
const MECHANISMS = {
  "scram-sha-256": { code: 1, hash: "sha256", bytes: 32 },
  "scram-sha-512": { code: 2, hash: "sha512", bytes: 64 },
} as const;

/** `port`: one without security. */
export async function setScramPassword(
  port: number,
  user: { readonly name: string; readonly password: string },
  mechanism: keyof typeof MECHANISMS,
): Promise<void> {
  const { code, hash, bytes } = MECHANISMS[mechanism];
  const salt = randomBytes(24);
  const iterations = Buffer.alloc(4);
  iterations.writeInt32BE(ITERATIONS);
  const upsertion = Buffer.concat([
    compact(Buffer.from(user.name)),
    Buffer.of(code),
    iterations,
    compact(salt),
    compact(pbkdf2Sync(user.password, salt, ITERATIONS, bytes, hash)),
    NO_TAGS,
  ]);
  const body = Buffer.concat([NO_TAGS, Buffer.of(1), Buffer.of(2), upsertion, NO_TAGS]);
  const answer = await request(port, { api: ALTER_SCRAM, body, limitMs: 10_000 });
  // tags of the header, i32 throttle, [ text name, i16 code …
  const at = 1 + 4 + 1 + 1 + user.name.length;
  const failure = answer.readInt16BE(at);
  if (failure !== 0) throw new Error(`SCRAM password of ${user.name}: Kafka code ${failure}`);
}

const NO_TAGS = Buffer.of(0);

/** Shorter than 127 bytes. */
function compact(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(bytes.length + 1), bytes]);
}
