// A token endpoint for tests, and tokens that a Kafka without a key to check them by takes.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An unsecured JSON web token for `subject` that ends in `lifeMs`. */
export function unsecuredToken(subject: string, lifeMs: number): string {
  const seconds = Date.now() / 1000;
  const claims = { sub: subject, iat: seconds - 1, exp: seconds + lifeMs / 1000 };
  return `${base64({ alg: "none" })}.${base64(claims)}.`;
}

export interface EndpointRequest {
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

/** Answers as `answer` says; keeps what was asked. */
export class TokenServer {
  readonly requests: EndpointRequest[] = [];
  answer: () => { readonly status: number; readonly body: string } = () => ({
    status: 500,
    body: "",
  });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const { authorization } = request.headers;
        this.requests.push({ authorization, form: new URLSearchParams(body) });
        const { status, body: text } = this.answer();
        response.writeHead(status, { "content-type": "application/json" }).end(text);
      });
    });
  }

  static async start(): Promise<TokenServer> {
    const server = new TokenServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  /** Tokens of this life from now on. */
  issue(lifeMs: number): void {
    this.answer = () => ({
      status: 200,
      body: JSON.stringify({
        access_token: unsecuredToken("gateway", lifeMs),
        expires_in: lifeMs / 1000,
      }),
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
