// Who the gateway is to Kafka. PLAIN and SCRAM are kafkajs' own. OAUTHBEARER is ours: kafkajs takes a refused token for an
// accepted one, since the broker says no in the bytes of a challenge (RFC 7628 §3.2.2) and waits for a last word.

import { formatDuration } from "../core/duration.ts";
import { GatewayError } from "../core/errors.ts";
import { REAUTHENTICATE_MS } from "../core/limits.ts";

export interface PasswordSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

export interface BearerToken {
  readonly value: string;
  /** Sent along, as some services want it. */
  readonly extensions: Readonly<Record<string, string>>;
}

export interface TokenSasl {
  readonly mechanism: "oauthbearer";
  /** Asked for each connection, and again before the broker ends its session. */
  readonly token: () => Promise<BearerToken>;
}

export type KafkaSasl = PasswordSasl | TokenSasl;

/** As kafkajs takes it. A copy: it keeps its authenticator, with the password in it, in the object that it is given. */
export function kafkajsSasl(sasl: KafkaSasl): object {
  if (sasl.mechanism !== "oauthbearer") {
    const { mechanism, username, password } = sasl;
    return { mechanism, username, password };
  }
  const authenticationProvider = ({ saslAuthenticate }: AuthenticatorTools) => ({
    authenticate: async () => await present(await sasl.token(), saslAuthenticate),
  });
  return { mechanism: sasl.mechanism, authenticationProvider };
}

interface AuthenticatorTools {
  /** One step: sends `encode`'s bytes, gives what `parse` makes of the answer's. Both begin with their length. */
  readonly saslAuthenticate: (step: {
    readonly request: { encode(): Promise<Buffer> };
    readonly response: {
      decode(body: Buffer): Promise<string>;
      parse(text: string): Promise<string>;
    };
  }) => Promise<string>;
}

const SEPARATOR = "\u0001";

async function present(
  { value, extensions }: BearerToken,
  saslAuthenticate: AuthenticatorTools["saslAuthenticate"],
): Promise<void> {
  const step = async (text: string): Promise<string> => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return await saslAuthenticate({
      request: { encode: async () => Buffer.concat([length, bytes]) },
      response: {
        decode: async (body) => body.subarray(4).toString("utf8"),
        parse: async (answer) => answer,
      },
    });
  };
  const pairs = Object.entries(extensions).map(([name, text]) => `${name}=${text}${SEPARATOR}`);
  const words = [`n,,${SEPARATOR}auth=Bearer ${value}${SEPARATOR}`, ...pairs, SEPARATOR];
  const refusal = await step(words.join(""));
  if (refusal === "") return;
  // The broker ends the exchange, and the connection, when it has this.
  await step(SEPARATOR).catch(() => undefined);
  throw refused(refusal);
}

/** Kafka ends the session after `lifetimeMs`, which is REAUTHENTICATE_MS or less. */
export function shortSession(mechanism: string, lifetimeMs: number): GatewayError {
  const isToken = mechanism === "oauthbearer";
  const [life, needed] = [lifetimeMs, REAUTHENTICATE_MS].map(formatDuration);
  const what = isToken ? "the token ends too soon: in" : "Kafka ends this session too soon: after";
  return new GatewayError(`${what} ${life}; renewing it takes up to ${needed}`, {
    code: "KAFKA_REFUSED",
    blame: "external",
    hint: isToken
      ? "have tokens issued that last for some minutes, and a file of kafka.sasl renewed well before its token ends"
      : "raise connections.max.reauth.ms of the brokers",
  });
}

function refused(why: string): GatewayError {
  return new GatewayError(`Kafka refuses the token: ${why.slice(0, 200)}`, {
    code: "KAFKA_REFUSED",
    blame: "external",
    hint: "see that the token is for this cluster and has not expired",
  });
}
