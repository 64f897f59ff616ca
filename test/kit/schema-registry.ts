// A schema registry to test against, which answers as Confluent's does: subjects with versions, one id for each schema,
// and new versions only if they can read what the last one wrote (compatibility BACKWARD, its default).
//
// Source: docs.confluent.io, "Schema Registry API Reference" and "Schema Evolution and Compatibility".

import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

import avsc from "avsc";

/** How it behaves; may be changed while it runs. */
export interface RegistryBehaviour {
  /** `away`: connections are cut. `hangs`: no answer. `broken`: 500 with a page that is no JSON. */
  state: "up" | "away" | "hangs" | "broken";
  /** Asked for with every request, if set. */
  credentials?: { readonly username: string; readonly password: string };
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

const CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

export class RegistryStandIn {
  readonly behaviour: RegistryBehaviour = { state: "up" };
  /** `METHOD path` of every request that came. */
  readonly requests: string[] = [];
  /** Schema texts by id - 1. */
  readonly schemas: { readonly text: string; readonly type: string }[] = [];
  /** Ids of a subject's versions. */
  readonly subjects: Map<string, number[]> = new Map();
  readonly #server: Server;
  readonly #isSecure: boolean;

  private constructor(tls: ServerOptions | undefined) {
    const listener: RequestListener = (request, response) => void this.#serve(request, response);
    this.#isSecure = tls !== undefined;
    this.#server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  }

  static async start(tls?: ServerOptions): Promise<RegistryStandIn> {
    const registry = new RegistryStandIn(tls);
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#isSecure ? "https" : "http"}://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Registers a schema as another program would; its id. */
  add(subject: string, schema: unknown, type = "AVRO"): number {
    const { status, body } = this.#register(subject, JSON.stringify(schema), type);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return (body as { id: number }).id;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    let content = "";
    for await (const chunk of request.setEncoding("utf8")) content += String(chunk);
    const { state } = this.behaviour;
    if (state === "away") request.socket.destroy();
    else if (state === "broken") response.writeHead(500).end("<html>oh dear</html>");
    else if (state === "up") {
      const { status, body } = this.#answer(request, content);
      response.writeHead(status, { "content-type": CONTENT_TYPE }).end(JSON.stringify(body));
    }
  }

  #answer({ method, url = "", headers }: IncomingMessage, content: string): Reply {
    const { credentials } = this.behaviour;
    if (credentials !== undefined) {
      const token = Buffer.from(`${credentials.username}:${credentials.password}`);
      const expected = `Basic ${token.toString("base64")}`;
      if (headers.authorization !== expected) return problem(401, 401, "Unauthorized");
    }
    const [, subject] = /^\/subjects\/([^/]+)\/versions$/.exec(url) ?? [];
    if (method === "POST" && subject !== undefined) {
      if (headers["content-type"] !== CONTENT_TYPE) return problem(415, 415, "Unsupported type");
      const { schema, schemaType = "AVRO" } = JSON.parse(content) as Record<string, string>;
      return this.#register(decodeURIComponent(subject), schema ?? "", schemaType);
    }
    const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(url) ?? [];
    if (method !== "GET" || id === undefined) return problem(404, 404, "HTTP 404 Not Found");
    const found = this.schemas[Number(id) - 1];
    if (found === undefined) return problem(404, 40_403, "Schema not found");
    const { text: schema, type: schemaType } = found;
    // Of Avro, the default, nothing is said.
    return { status: 200, body: schemaType === "AVRO" ? { schema } : { schema, schemaType } };
  }

  #register(subject: string, text: string, type: string): Reply {
    if (type === "AVRO" && typeOf(text) === undefined) {
      return problem(422, 42_201, "Invalid schema");
    }
    const versions = this.subjects.get(subject) ?? [];
    const known = this.schemas.findIndex((each) => each.text === text && each.type === type) + 1;
    if (versions.includes(known)) return { status: 200, body: { id: known } };
    const last = this.schemas[(versions.at(-1) ?? 0) - 1];
    if (last !== undefined && !canRead(text, last.text)) {
      const reason = "Schema being registered is incompatible with an earlier schema";
      return problem(409, 409, `${reason} for subject "${subject}"`);
    }
    const id = known > 0 ? known : this.schemas.push({ text, type });
    this.subjects.set(subject, [...versions, id]);
    return { status: 200, body: { id } };
  }
}

function problem(status: number, code: number, message: string): Reply {
  return { status, body: { error_code: code, message } };
}

function typeOf(text: string): avsc.Type | undefined {
  try {
    return avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);
  } catch {
    return undefined;
  }
}

function canRead(reader: string, writer: string): boolean {
  const [own, other] = [typeOf(reader), typeOf(writer)];
  if (own === undefined || other === undefined) return false;
  try {
    own.createResolver(other);
    return true;
  } catch {
    return false;
  }
}
