// The least that a server of Node can do with the load of a steady case: it reads sockets, looks for the packet ids and
// acknowledges every 50 ms. Nothing is decoded, kept or computed: what a gateway costs beyond this is its own, and what
// this costs is the machine's, whose price for waking up differs by a factor of two and more.
// Prints its port; ends with SIGTERM.

import { createServer, type AddressInfo, type Socket } from "node:net";

const LINGER_MS = 50;
const CONNACK = Buffer.from([0x20, 2, 0, 0]);

const server = createServer((socket) => new Acknowledger(socket));
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

class Acknowledger {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #pubacks: number[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const timer = setInterval(() => this.#acknowledge(), LINGER_MS);
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => clearInterval(timer));
  }

  #read(read: Buffer): void {
    const bytes = this.#rest.length === 0 ? read : Buffer.concat([this.#rest, read]);
    let at = 0;
    for (;;) {
      // Fixed header, then a remaining length of one or two bytes: the generator sends no longer packets.
      const low = bytes[at + 1] ?? 0;
      const head = low > 127 ? 3 : 2;
      const length = low > 127 ? (low & 127) | ((bytes[at + 2] ?? 0) << 7) : low;
      if (at + head > bytes.length || at + head + length > bytes.length) break;
      const type = (bytes[at] ?? 0) >> 4;
      if (type === 1) this.#socket.write(CONNACK);
      else if (type === 3) {
        const id = at + head + 2 + bytes.readUInt16BE(at + head);
        this.#pubacks.push(0x40, 2, bytes[id] ?? 0, bytes[id + 1] ?? 0);
      }
      at += head + length;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  #acknowledge(): void {
    if (this.#pubacks.length === 0) return;
    this.#socket.write(Buffer.from(this.#pubacks));
    this.#pubacks = [];
  }
}
