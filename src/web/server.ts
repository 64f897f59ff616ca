// The HTTP server: status page, /healthz, /readyz, /metrics, /api/status. Read-only, loopback only, no sign-in yet.
//
// node:http and not a framework: seven GET routes without parameters or bodies need no router, parser or schema
// compiler, and beside the gateway's other packages fastify adds 13 MiB of resident memory where node:http adds 8.
//
// Bounds: connections, header bytes and header time (core/limits.ts); a request body is never read.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { type Clock, systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import { HTTP_CONNECTIONS, HTTP_HEADER_BYTES, HTTP_HEADERS_TIMEOUT_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { isTrustedRequest, requireLoopback, SECURITY_HEADERS } from "./guard.ts";
import { routes } from "./routes.ts";
import type { StatusSource } from "./status.ts";

export interface WebServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly source: StatusSource;
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface WebServer {
  /** `host:port` with the real port, IPv6 in brackets. */
  readonly address: string;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/** Resolves when bound. Throws CONFIG_INVALID (not loopback) or LISTEN_FAILED (`context.code` as Node names it). */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  requireLoopback(options.host);
  const answer = routes(options.source, options.clock ?? systemClock);
  const server = createServer({
    maxHeaderSize: HTTP_HEADER_BYTES,
    headersTimeout: HTTP_HEADERS_TIMEOUT_MS,
    requestTimeout: HTTP_HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: HTTP_HEADERS_TIMEOUT_MS,
  });
  server.maxConnections = HTTP_CONNECTIONS;
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void respond(request, response, { answer, log: options.log });
  });
  await listen(server, options);
  server.on("error", (error) => options.log.error("http server failed", { error }));
  const { address, family, port } = server.address() as AddressInfo;
  return {
    address: `${family === "IPv6" ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, log }: { readonly answer: ReturnType<typeof routes>; readonly log: Logger },
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      "content-type": `${type}; charset=utf-8`,
      "content-length": Buffer.byteLength(body),
      // A body that was announced is not read: the connection cannot be used again.
      ...(hasBody(request) ? { connection: "close" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  if (!isTrustedRequest(request.headers.host, request.headers.origin)) {
    send(403, "text/plain", "Host or Origin is not this gateway's\n");
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    send(405, "text/plain", "only GET and HEAD\n");
    return;
  }
  try {
    const { status, type, body } = await answer((request.url ?? "/").split("?")[0] ?? "/");
    send(status, type, body);
  } catch (error) {
    log.error("http request failed", { url: request.url, error });
    if (response.headersSent) response.destroy();
    else send(500, "text/plain", "internal error, see the log\n");
  }
}

function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}

function listen(server: Server, { host, port }: WebServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new GatewayError(`http cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`, {
          code: "LISTEN_FAILED",
          blame: "external",
          hint: "Free the port, or set http.listen to another one (port 0 takes any).",
          cause,
          context: { code: cause.code },
        }),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
