// A client of a schema registry (Confluent's, and those that speak its protocol): an id for a schema, and the schema of
// an id. One request at a time, small bodies, no cache: who asks keeps what it was told.
//
//   POST /subjects/{subject}/versions  {"schema": text}  ─▶  {"id": n}; the same for a schema that is there already.
//                                                            409: not compatible with the subject's versions
//   GET  /schemas/ids/{id}                               ─▶  {"schema": text, "schemaType"?: "AVRO"}; 404: no such id
//
// Source: docs.confluent.io, "Schema Registry API Reference".

import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

import { GatewayError } from "../core/errors.ts";
import { REGISTRY_ANSWER_BYTES, REGISTRY_TIMEOUT_MS } from "../core/limits.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";

/** Where the registry is; `tls` holds PEM texts. */
export interface RegistryAddress {
  readonly url: string;
  readonly username: string | undefined;
  /** A secret: never print it. */
  readonly password: string | undefined;
  readonly tls:
    | {
        readonly ca: string | undefined;
        readonly cert: string | undefined;
        readonly key: string | undefined;
      }
    | undefined;
}

/** The schema of an id, with the kind that the registry says it is of. */
export interface FoundSchema {
  readonly text: string;
  readonly type: string;
}

const CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export class SchemaRegistry {
  readonly #address: () => RegistryAddress;

  /** The address is asked for at every request: renewed credentials take effect without a restart. */
  constructor(address: () => RegistryAddress) {
    this.#address = address;
  }

  /**
   * The id of a schema, which is registered under its subject if it is new.
   * @throws GatewayError SCHEMA_REJECTED when the registry will not have it, REGISTRY_UNAVAILABLE for everything else.
   */
  async register({ subject, schema }: RegisteredSchema): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const { status, body } = await this.#ask("POST", path, JSON.stringify({ schema }));
    const id = body["id"];
    if (status === 200 && typeof id === "number" && isId(id)) return id;
    if (status === 409 || status === 422) {
      throw new GatewayError(`subject ${subject}: ${messageOf(body, status)}`, {
        code: "SCHEMA_REJECTED",
        blame: "external",
        hint: "Set the subject's compatibility, or write the table to another topic.",
      });
    }
    throw unavailable(messageOf(body, status));
  }

  /** The schema of an id; undefined when there is none. @throws GatewayError REGISTRY_UNAVAILABLE. */
  async schema(id: number): Promise<FoundSchema | undefined> {
    const { status, body } = await this.#ask("GET", `/schemas/ids/${id}`, undefined);
    const { schema, schemaType = "AVRO" } = body;
    if (status === 200 && typeof schema === "string" && typeof schemaType === "string") {
      return { text: schema, type: schemaType };
    }
    if (status === 404) return undefined;
    throw unavailable(messageOf(body, status));
  }

  async #ask(method: string, path: string, content: string | undefined): Promise<Answer> {
    const { url, username, password, tls } = this.#address();
    const base = new URL(url.endsWith("/") ? url : `${url}/`);
    const target = new URL(path.slice(1), base);
    const request = target.protocol === "https:" ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
    return await new Promise<Answer>((resolve, reject) => {
      const fail = (cause: Error): void => reject(unavailable(cause.message, cause));
      const sent = request(target, {
        method,
        signal,
        // Requests are rare: a kept connection would be stale when it is wanted.
        agent: false,
        headers: { accept: CONTENT_TYPE, "content-type": CONTENT_TYPE },
        ...(username === undefined ? {} : { auth: `${username}:${password ?? ""}` }),
        ...tls,
      });
      sent.on("error", fail).on("response", (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > REGISTRY_ANSWER_BYTES) sent.destroy(new Error("the answer is too long"));
        });
        response.on("error", fail).on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks)) });
        });
      });
      sent.end(content);
    });
  }
}

/** An id is written in four bytes. */
function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < 2 ** 31;
}

/** What is no JSON object, such as a proxy's page, has no members. */
function parse(body: Buffer): Answer["body"] {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Answer["body"]) : {};
  } catch {
    return {};
  }
}

function messageOf(body: Answer["body"], status: number): string {
  const { message } = body;
  const said = typeof message === "string" ? `: ${message.slice(0, 300)}` : "";
  return `the schema registry answered ${status}${said}`;
}

function unavailable(reason: string, cause?: Error): GatewayError {
  const message = cause === undefined ? reason : `the schema registry cannot be asked: ${reason}`;
  return new GatewayError(message, { code: "REGISTRY_UNAVAILABLE", blame: "external", cause });
}
