// The gateway's end of the control channel (channel.ts). Started once the data folder is locked: a socket file that
// lies there then is one that a killed gateway left.

import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { GatewayError } from "../core/errors.ts";
import {
  CONTROL_CONNECTIONS,
  CONTROL_REQUEST_BYTES,
  CONTROL_STREAM_TIMEOUT_MS,
  CONTROL_TIMEOUT_MS,
} from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { CONTROL_COMMANDS, CONTROL_STREAMS, controlSocket } from "./channel.ts";
import type { ControlAnswer, ControlCommand, ControlRequest, ControlStream } from "./channel.ts";

export interface ControlHandlers {
  /** What each command does; its result must be JSON. Rejects with a GatewayError for what an operator should read. */
  readonly commands: Readonly<
    Record<ControlCommand, (request: ControlRequest) => Promise<unknown>>
  >;
  /** Parts of each stream; the next is asked for when the one before has been taken. */
  readonly streams: Readonly<Record<ControlStream, (request: ControlRequest) => Parts>>;
}

type Parts = AsyncGenerator<Uint8Array, void, void>;
type Next = IteratorResult<Uint8Array, void>;

const OWNER_ONLY = 0o600;

export class ControlServer {
  readonly #server: Server;
  readonly #logger: Logger;
  readonly #handlers: ControlHandlers;
  readonly #sockets = new Set<Socket>();

  private constructor(handlers: ControlHandlers, logger: Logger) {
    this.#handlers = handlers;
    this.#logger = logger;
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = CONTROL_CONNECTIONS;
  }

  /** Undefined, with a warning, where no socket can be made: the gateway works without. */
  static async start(
    dataFolder: string,
    handlers: ControlHandlers,
    logger: Logger,
  ): Promise<ControlServer | undefined> {
    const path = controlSocket(dataFolder);
    const control = new ControlServer(handlers, logger);
    const server = control.#server;
    try {
      rmSync(path, { force: true });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, resolve);
      });
      chmodSync(path, OWNER_ONLY);
    } catch (error) {
      server.close();
      logger.warn("no control channel: commands cannot reach this gateway", { path, error });
      return undefined;
    }
    server.on("error", (error) => logger.warn("control channel", { error }));
    return control;
  }

  /** Ends it at once, requests under way included. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setEncoding("utf8");
    socket.setTimeout(CONTROL_TIMEOUT_MS, () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    // Whoever asked has gone: nobody is left to be told.
    socket.on("error", () => socket.destroy());
    let text = "";
    const take = (data: string): void => {
      text += data;
      if (text.length > CONTROL_REQUEST_BYTES) socket.destroy();
      else if (text.includes("\n")) {
        socket.off("data", take);
        void this.#reply(socket, text.slice(0, text.indexOf("\n")));
      }
    };
    socket.on("data", take);
  }

  async #reply(socket: Socket, line: string): Promise<void> {
    const request = requestOf(line);
    const stream = CONTROL_STREAMS.find((each) => each === request?.command);
    if (request === undefined || stream === undefined) {
      socket.end(`${JSON.stringify(await this.#answer(request))}\n`);
      return;
    }
    this.#logger.info("command", { command: stream });
    socket.setTimeout(CONTROL_STREAM_TIMEOUT_MS);
    const parts = this.#handlers.streams[stream](request);
    let isBegun = false;
    try {
      const first = await parts.next();
      isBegun = true;
      await pipeline(Readable.from(framed(first, parts)), socket);
    } catch (error) {
      this.#logger.warn("a stream of the control channel ended early", { stream, error });
      // In the middle, the end of the connection has to do.
      if (!isBegun) socket.end(`${JSON.stringify(refusal(error))}\n`);
    }
  }

  async #answer(request: ControlRequest | undefined): Promise<ControlAnswer> {
    try {
      const known = CONTROL_COMMANDS.find((each) => each === request?.command);
      if (request === undefined || known === undefined) {
        return { error: `this gateway has no command '${String(request?.command)}'` };
      }
      this.#logger.info("command", { command: known });
      return { result: (await this.#handlers.commands[known](request)) ?? null };
    } catch (error) {
      return refusal(error);
    }
  }
}

function refusal(error: unknown): ControlAnswer {
  const { message } = error as Error;
  const hint = error instanceof GatewayError ? error.hint : undefined;
  return hint === undefined ? { error: message } : { error: message, hint };
}

function requestOf(line: string): ControlRequest | undefined {
  try {
    return (JSON.parse(line) as ControlRequest | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A streamed answer as it goes over the socket. */
async function* framed(first: Next, parts: Parts): Parts {
  yield Buffer.from(`${JSON.stringify({ result: null } satisfies ControlAnswer)}\n`);
  for (let next = first; next.done !== true; next = await parts.next()) {
    yield lengthOf(next.value);
    yield next.value;
  }
  yield lengthOf(new Uint8Array());
}

function lengthOf(part: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(part.byteLength);
  return length;
}
