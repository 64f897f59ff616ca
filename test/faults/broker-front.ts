// What stands where the gateway looks for its broker: a scripted peer that refuses, or leads on to the real one.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import { packetOf } from "../kit/mqtt-client.ts";

/** `closed`: nobody listens. A number: the CONNACK's reason code. `hangs up`: after TCP. `open`: as the broker does. */
export type FrontMode = "closed" | "hangs up" | "open" | number;

export class BrokerFront {
  readonly port: number;
  readonly #brokerPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: FrontMode = "open";
  /** Connections that came. */
  attempts = 0;

  private constructor(server: Server, brokerPort: number) {
    this.#server = server;
    this.#brokerPort = brokerPort;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async start(brokerPort: number): Promise<BrokerFront> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new BrokerFront(server, brokerPort);
  }

  /** From here on; links of before are cut. */
  async set(mode: FrontMode): Promise<void> {
    const wasClosed = this.#mode === "closed";
    this.#mode = mode;
    this.#cut();
    if (mode === "closed" && !wasClosed) await this.#stopListening();
    if (mode !== "closed" && wasClosed) {
      this.#server.listen(this.port, "127.0.0.1");
      await once(this.#server, "listening");
    }
  }

  async close(): Promise<void> {
    this.#cut();
    if (this.#server.listening) await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.attempts++;
    this.#hold(socket);
    const mode = this.#mode;
    if (mode === "hangs up") socket.destroy();
    else if (mode === "open") {
      const broker = connect(this.#brokerPort, "127.0.0.1");
      this.#hold(broker);
      socket.pipe(broker).pipe(socket);
      socket.once("close", () => broker.destroy());
      broker.once("close", () => socket.destroy());
    } else {
      // An answer to CONNECT, without properties.
      socket.once("data", () => socket.end(packetOf(0x20, Buffer.from([0, Number(mode), 0]))));
    }
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
