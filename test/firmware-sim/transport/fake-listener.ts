// A listener that speaks just enough MQTT to hold devices to their protocol: it records every PUBLISH and
// acknowledges when told to. Packets are parsed here by hand, apart from the code under test.

import { once } from "node:events";
import net from "node:net";

export interface ReceivedPublish {
  readonly clientId: string;
  readonly topic: string;
  readonly payload: string;
  readonly packetId: number;
  readonly dup: boolean;
}

export interface FakeListenerOptions {
  /** Acknowledge each PUBLISH at once (default), or only by `acknowledge`. */
  readonly acknowledge?: boolean;
  /** Session Present in CONNACK; default: true from the second connection of a client on. */
  readonly sessionPresent?: boolean;
  /** MQTT 5 Receive Maximum; default: not said. */
  readonly receiveMaximum?: number;
}

/** Listens on a free loopback port until `close`. */
export class FakeListener {
  readonly received: ReceivedPublish[] = [];
  /** Called after each PUBLISH and each new session. */
  onChange: () => void = () => undefined;
  connections = 0;
  port = 0;
  pings = 0;
  readonly #options: FakeListenerOptions;
  readonly #server: net.Server;
  readonly #peers = new Map<string, Peer>();
  readonly #known = new Set<string>();

  constructor(options: FakeListenerOptions = {}) {
    this.#options = options;
    this.#server = net.createServer((socket) => this.#serve(socket));
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, "127.0.0.1", 4096);
    await once(this.#server, "listening");
    this.port = (this.#server.address() as net.AddressInfo).port;
    return this.port;
  }

  /** Waits until `condition` holds, looking again whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onChange = () => condition() && resolve();
      this.onChange();
    });
  }

  acknowledge(clientId: string, packetId: number): void {
    this.#peers.get(clientId)?.acknowledge(packetId);
  }

  /** Breaks every connection, as a killed gateway does. */
  dropAll(): void {
    for (const peer of this.#peers.values()) peer.socket.destroy();
    this.#peers.clear();
  }

  async close(): Promise<void> {
    this.dropAll();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: net.Socket): void {
    socket.setNoDelay(true);
    const peer = new Peer(socket, (type, flags, body) => this.#packet(peer, { type, flags, body }));
    socket.on("data", (chunk) => peer.push(chunk));
    socket.on("error", () => undefined);
  }

  #packet(peer: Peer, packet: { type: number; flags: number; body: Buffer }): void {
    const { type, flags, body } = packet;
    if (type === 1) this.#connect(peer, body);
    else if (type === 12) this.pings++;
    else if (type === 3) {
      const topicEnd = 2 + body.readUInt16BE(0);
      const packetId = body.readUInt16BE(topicEnd);
      const payloadAt = topicEnd + 2 + (peer.version === 5 ? 1 : 0);
      this.received.push({
        clientId: peer.clientId,
        topic: body.toString("utf8", 2, topicEnd),
        payload: body.toString("utf8", payloadAt),
        packetId,
        dup: (flags & 8) !== 0,
      });
      if (this.#options.acknowledge !== false) peer.acknowledge(packetId);
    }
    this.onChange();
  }

  #connect(peer: Peer, body: Buffer): void {
    peer.version = body[6] as number;
    const idAt = 10 + (peer.version === 5 ? 1 + (body[10] as number) : 0);
    peer.clientId = body.toString("utf8", idAt + 2, idAt + 2 + body.readUInt16BE(idAt));
    this.#peers.set(peer.clientId, peer);
    this.connections++;
    const present = this.#options.sessionPresent ?? this.#known.has(peer.clientId);
    this.#known.add(peer.clientId);
    const maximum = this.#options.receiveMaximum;
    // An Assigned Client Identifier in front makes the device walk the properties.
    const properties =
      maximum === undefined ? [] : [0x12, 0, 1, 0x78, 0x21, maximum >> 8, maximum & 255];
    const tail = peer.version === 5 ? [properties.length, ...properties] : [];
    peer.socket.write(Buffer.from([0x20, 2 + tail.length, present ? 1 : 0, 0, ...tail]));
  }
}

class Peer {
  readonly socket: net.Socket;
  clientId = "";
  version = 0;
  readonly #onPacket: (type: number, flags: number, body: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: net.Socket, onPacket: (type: number, flags: number, body: Buffer) => void) {
    this.socket = socket;
    this.#onPacket = onPacket;
  }

  acknowledge(packetId: number): void {
    this.socket.write(Buffer.from([0x40, 2, packetId >> 8, packetId & 255]));
  }

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const two = ((this.#rest[1] ?? 0) & 128) !== 0;
      const head = two ? 3 : 2;
      if (this.#rest.length < head) return;
      const length = two
        ? ((this.#rest[1] as number) & 127) | ((this.#rest[2] as number) << 7)
        : (this.#rest[1] as number);
      if (this.#rest.length < head + length) return;
      const first = this.#rest[0] as number;
      const body = this.#rest.subarray(head, head + length);
      this.#rest = this.#rest.subarray(head + length);
      this.#onPacket(first >> 4, first & 15, body);
    }
  }
}
