// Listener: one `mqtt:` entry that devices connect to, plain or TLS. It owns its connections, their time-outs (one
// sweep a second over all of them: no timer per connection) and their bound.
//
// Stop: `stopReading`, then `batcher.drain()`, then `close`: what was read is committed and acknowledged first.

import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import { CONNECT_TIMEOUT_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Batcher } from "./batcher.ts";
import type { BudgetSource, ByteBudget } from "./byte-budget.ts";
import { LogLimiter } from "./log-limiter.ts";
import { ServerConnection } from "./server-connection.ts";
import type { ServerContext } from "./server-context.ts";
import type { SessionTable } from "./sessions.ts";
import type { ReadPoller } from "./read-poller.ts";
import { readAccepted, readByEvents } from "./socket-reader.ts";
import { newSourceStats, type SourceStats } from "./stats.ts";
import { systemTimers, type Timers } from "./timers.ts";
import type { TlsFiles } from "./tls-files.ts";

/** The `mqtt:` entry, defaults filled in. `tls.ca` set: clients must show a certificate of that authority. */
export interface ListenerEntry {
  readonly name: string;
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles | undefined;
  /** Longest session granted. */
  readonly sessionExpirySeconds: number;
  readonly receiveMaximum: number;
  readonly limits: { readonly packetBytes: number; readonly connections: number };
}

/** What sources need of the gateway. */
export interface SourceContext {
  readonly batcher: Batcher;
  readonly budget: ByteBudget;
  readonly sessions: SessionTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timers?: Timers;
  readonly poller: ReadPoller;
}

const SWEEP_MS = 1000;
/** Sessions are looked through for expired ones this seldom: `open` checks the one it needs anyway. */
const SESSION_SWEEPS = 60;

/** See the header. */
export class Listener implements BudgetSource {
  readonly name: string;
  readonly stats: SourceStats = newSourceStats();
  readonly #entry: ListenerEntry;
  readonly #context: SourceContext;
  readonly #serverContext: ServerContext;
  readonly #log: LogLimiter;
  readonly #connections = new Set<ServerConnection>();
  #server: Server | undefined;
  #cancelSweep: (() => void) | undefined;
  #sweeps = 0;
  #strained = false;
  #stopped = false;
  #allClosed: (() => void) | undefined;

  constructor(entry: ListenerEntry, context: SourceContext) {
    this.name = entry.name;
    this.#entry = entry;
    this.#context = context;
    this.#log = new LogLimiter(context.logger, context.clock);
    const { username, password } = entry;
    this.#serverContext = {
      source: entry.name,
      batcher: context.batcher,
      budget: context.budget,
      sessions: context.sessions,
      clock: context.clock,
      stats: this.stats,
      packetBytes: entry.limits.packetBytes,
      credentials: username === undefined ? undefined : { username, password: password ?? "" },
      receiveMaximum: entry.receiveMaximum,
      sessionExpirySeconds: entry.sessionExpirySeconds,
      report: (event, fields) => this.#log.warn(event, fields),
      closed: (connection) => this.#closed(connection),
    };
  }

  /** Binds; resolves with the address devices connect to. LISTEN_FAILED when the port cannot be had. */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { listen } = this.#entry;
    const server = this.#entry.tls === undefined ? this.#plainServer() : this.#tlsServer();
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(listen, cause)));
      server.listen(listen.port, listen.host, resolve);
    });
    server.on("error", (error) => this.#log.warn("MQTT listener", { error: error.message }));
    this.#context.budget.attach(this);
    this.#scheduleSweep();
    return { host: listen.host, port: (server.address() as AddressInfo).port };
  }

  setAllReading(reading: boolean): void {
    this.#strained = !reading;
    for (const connection of this.#connections) connection.setStrained(!reading);
  }

  /** Accepts and reads nothing more; PUBACKs still go out. */
  stopReading(): void {
    this.#stopped = true;
    this.#server?.close();
    for (const connection of this.#connections) connection.stopReading();
  }

  /** Closes every connection (5.0: DISCONNECT 0x8B); cuts off after `timeoutMs` who does not go. */
  async close(timeoutMs = 1000): Promise<void> {
    this.stopReading();
    this.#cancelSweep?.();
    this.#context.budget.detach(this);
    if (this.#connections.size === 0) return;
    const closed = new Promise<void>((resolve) => (this.#allClosed = resolve));
    for (const connection of this.#connections) connection.shutDown();
    const timers = this.#context.timers ?? systemTimers;
    const cancel = timers.after(timeoutMs, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
    cancel();
  }

  /** Time-outs; runs by itself once a second. */
  sweep(): void {
    const nowMs = this.#context.clock.monotonicMs();
    for (const connection of this.#connections) connection.sweep(nowMs);
    this.#context.budget.sweep(nowMs);
    if (++this.#sweeps % SESSION_SWEEPS === 0) this.#context.sessions.sweep();
  }

  #plainServer(): Server {
    return createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      this.#accept(socket, readAccepted);
    });
  }

  #tlsServer(): Server {
    const server = createTlsServer(tlsOptions(this.#entry.tls), (socket) => {
      this.#accept(socket, readByEvents);
    });
    // Counts handshakes too, which `#accept` does not see.
    server.maxConnections = this.#entry.limits.connections;
    server.on("tlsClientError", (error: Error, socket) => {
      this.stats.refused++;
      this.#log.warn("TLS handshake failed", {
        source: this.name,
        address: socket.remoteAddress,
        error: error.message,
      });
    });
    return server;
  }

  #accept(accepted: Socket, read: typeof readAccepted): void {
    if (this.#stopped || this.#connections.size >= this.#entry.limits.connections) {
      this.stats.refused++;
      this.#log.warn("too many MQTT connections", { source: this.name });
      accepted.on("error", () => {});
      accepted.destroy();
      return;
    }
    const connection = new ServerConnection(this.#serverContext);
    const { poller } = this.#context;
    connection.attach(read(accepted, (bytes, end) => connection.receive(bytes, end), poller));
    this.#connections.add(connection);
    this.stats.connections = this.#connections.size;
    if (this.#strained) connection.setStrained(true);
  }

  #closed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.stats.connections = this.#connections.size;
    if (this.#connections.size === 0) this.#allClosed?.();
  }

  #scheduleSweep(): void {
    const timers = this.#context.timers ?? systemTimers;
    this.#cancelSweep = timers.after(SWEEP_MS, () => {
      this.#scheduleSweep();
      this.sweep();
    });
  }
}

function tlsOptions(files: ListenerEntry["tls"]): TlsOptions {
  const read = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readFileSync(path);
  return {
    ca: read(files?.ca),
    cert: read(files?.cert),
    key: read(files?.key),
    minVersion: "TLSv1.2",
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    noDelay: true,
    requestCert: files?.ca !== undefined,
    rejectUnauthorized: files?.ca !== undefined,
  };
}

function listenError(listen: ListenerEntry["listen"], cause: NodeJS.ErrnoException): GatewayError {
  return new GatewayError(`cannot listen on ${listen.host}:${listen.port}: ${cause.message}`, {
    code: "LISTEN_FAILED",
    blame: "external",
    hint:
      cause.code === "EADDRINUSE"
        ? "Stop the other program on that port, or give `listen` another one (0 takes a free one)."
        : "Check `listen` of this mqtt entry.",
    cause,
  });
}
