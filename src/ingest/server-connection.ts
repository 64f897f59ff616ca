// One device on the direct listener: the server's side of MQTT 3.1.1 and 5.0.
//
//   accepted ──CONNECT──▶ (new durable session being saved) ──CONNACK──▶ connected ──▶ closed
//
// What a telemetry listener does with the parts of MQTT that are not telemetry:
// - PUBLISH of QoS 2: not supported yet. 5.0 is told so in the CONNACK and by 0x9B; 3.1.1 is closed.
// - Wills are accepted and never published: nobody can subscribe, and an offline device is seen by its silence.
// - SUBSCRIBE is answered by a failure for every filter (0x80, in 5.0 0x87 Not authorized), UNSUBSCRIBE by success (in
//   5.0: No subscription existed).
// - Topic aliases are not offered (Topic Alias Maximum 0), enhanced authentication is refused (0x8C).
// - The RETAIN flag is kept on the message; nothing is stored for later subscribers.
// @see MQTT 3.1.1, MQTT 5.0

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";

import { CONNECT_TIMEOUT_MS, WRITE_BUFFER_BYTES } from "../core/limits.ts";
import {
  type ConnectPacket,
  type ConnectRefusal,
  isRefusal,
  readConnect,
} from "./connect-packet.ts";
import { authenticates } from "./credentials.ts";
import { Link, type LinkOwner } from "./link.ts";
import {
  CONNECT,
  connackAccepted,
  connackRefused,
  DISCONNECT,
  disconnect,
  readDisconnect,
  readFilters,
  SUBSCRIBE,
  subackRefused,
  unsuback,
  UNSUBSCRIBE,
} from "./packets.ts";
import {
  BAD_USER_NAME_OR_PASSWORD,
  type Fault,
  KEEP_ALIVE_TIMEOUT,
  MALFORMED_PACKET,
  PROTOCOL_ERROR,
  QUOTA_EXCEEDED,
  SERVER_BUSY,
  SERVER_SHUTTING_DOWN,
  SESSION_TAKEN_OVER,
} from "./reason-codes.ts";
import type { ServerContext } from "./server-context.ts";
import type { OpenedSession, Session, SessionHolder } from "./sessions.ts";

/** A closing connection whose peer takes nothing more is cut off after this long. */
const CLOSE_TIMEOUT_MS = 5000;

const MALFORMED: Fault = { reasonCode: MALFORMED_PACKET, text: "malformed packet" };
const UNEXPECTED: Fault = { reasonCode: PROTOCOL_ERROR, text: "unexpected packet" };
const EXPIRY_RAISED: Fault = {
  reasonCode: PROTOCOL_ERROR,
  text: "DISCONNECT raises a Session Expiry Interval of 0",
};

/** See the header. */
export class ServerConnection implements LinkOwner, SessionHolder {
  readonly #context: ServerContext;
  readonly #link: Link;
  #socket: Socket | undefined;
  #version: 4 | 5 | undefined;
  #session: Session | undefined;
  #state: "accepted" | "saving" | "connected" | "closing" | "closed" = "accepted";
  #keepAliveMs = 0;
  /** Monotonic clock of the listener's last sweep before the last bytes came, or before the state began. */
  #lastMs: number;
  #nowMs: number;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#nowMs = context.clock.monotonicMs();
    this.#lastMs = this.#nowMs;
    this.#link = new Link({ ...context, owner: this, peer: "device" });
  }

  /** Bytes from the socket, which `attach` names right after the accept. */
  receive(bytes: Buffer, end: number): void {
    this.#lastMs = this.#nowMs;
    if (this.#link.open) this.#link.receive(bytes, end);
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("drain", () => this.#link.setUnread(false));
    socket.once("close", () => this.#gone());
  }

  /** Time-outs, about once a second. */
  sweep(nowMs: number): void {
    this.#nowMs = nowMs;
    const idleMs = nowMs - this.#lastMs;
    if (this.#state === "closing") {
      if (idleMs > CLOSE_TIMEOUT_MS) this.#socket?.destroy();
    } else if (this.#state === "accepted") {
      if (idleMs > CONNECT_TIMEOUT_MS) this.#socket?.destroy();
    } else if (this.#link.paused) {
      this.#lastMs = nowMs;
    } else if (this.#keepAliveMs > 0 && idleMs > this.#keepAliveMs * 1.5) {
      this.#context.stats.keepAliveTimeouts++;
      this.#close(KEEP_ALIVE_TIMEOUT);
    }
  }

  setStrained(strained: boolean): void {
    this.#link.setStrained(strained);
  }

  /** Reads no more from the socket; PUBACKs still go out. */
  stopReading(): void {
    this.#link.stop();
  }

  /** The gateway stops. */
  shutDown(): void {
    this.#close(SERVER_SHUTTING_DOWN);
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  // LinkOwner

  onPacket(header: number, body: Buffer): void {
    if (this.#state === "accepted") {
      if (header === CONNECT) this.#onConnect(readConnect(body));
      else this.onFault(UNEXPECTED);
      return;
    }
    const version = this.#version ?? 4;
    if (header === SUBSCRIBE || header === UNSUBSCRIBE) {
      const filters = readFilters(version, header, body);
      if (filters === undefined) return this.onFault(MALFORMED);
      const answer = header === SUBSCRIBE ? subackRefused : unsuback;
      this.send(answer(version, filters.packetId, filters.count));
    } else if (header === DISCONNECT) this.#onDisconnect(version, body);
    else this.onFault(UNEXPECTED);
  }

  onFault(fault: Fault): void {
    this.#context.stats.protocolErrors++;
    this.#report("MQTT connection closed after a protocol error", fault);
    this.#close(fault.reasonCode);
  }

  onBatchLost(): void {
    this.#close(SERVER_BUSY);
  }

  send(packets: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    socket.write(packets);
    if (socket.writableLength > WRITE_BUFFER_BYTES) this.#link.setUnread(true);
  }

  setReading(reading: boolean): void {
    if (reading) this.#socket?.resume();
    else this.#socket?.pause();
  }

  // SessionHolder

  takenOver(): void {
    this.#context.stats.takeovers++;
    this.#report("MQTT client id connected again: the older connection is closed", {
      reasonCode: SESSION_TAKEN_OVER,
      text: "session taken over",
    });
    this.#close(SESSION_TAKEN_OVER);
  }

  #onConnect(packet: ConnectPacket | ConnectRefusal): void {
    if (isRefusal(packet)) return this.#refuse(packet);
    this.#version = packet.version;
    const { version } = packet;
    if (!authenticates(this.#context.credentials, packet)) {
      this.#context.stats.authenticationFailures++;
      const text = "refused: bad user name or password";
      return this.#refuse({ version, fault: { reasonCode: BAD_USER_NAME_OR_PASSWORD, text } });
    }
    const assigned =
      packet.clientId === "" ? `headrace-${randomBytes(8).toString("hex")}` : undefined;
    const longest = this.#context.sessionExpirySeconds;
    const expirySeconds = Math.min(packet.sessionExpirySeconds, longest);
    this.#state = "saving";
    this.#link.hold();
    const session = this.#context.sessions.open(
      {
        source: this.#context.source,
        clientId: assigned ?? packet.clientId,
        cleanStart: packet.cleanStart,
        expirySeconds,
        holder: this,
      },
      (opened) => this.#onSession(packet, opened, assigned),
    );
    if (session === undefined) {
      const text = "refused: too many sessions";
      this.#refuse({ version, fault: { reasonCode: QUOTA_EXCEEDED, text } });
    } else if (this.#state === "saving") this.#session = session;
  }

  #onSession(packet: ConnectPacket, opened: OpenedSession, assigned: string | undefined): void {
    if (this.#state !== "saving") return;
    const { session, present } = opened;
    const { receiveMaximum, packetBytes } = this.#context;
    const { version } = packet;
    this.#session = session;
    this.#state = "connected";
    this.#context.stats.connects++;
    this.#keepAliveMs = packet.keepAliveSeconds * 1000;
    // Without a keep-alive only TCP can tell that a device is gone.
    if (this.#keepAliveMs === 0) this.#socket?.setKeepAlive(true, 60_000);
    const granted = session.expirySeconds;
    this.send(
      connackAccepted(version, {
        sessionPresent: present,
        sessionExpirySeconds: granted === packet.sessionExpirySeconds ? undefined : granted,
        receiveMaximum,
        packetBytes,
        assignedClientId: assigned,
      }),
    );
    const client = {
      source: session.source,
      clientId: session.clientId,
      session: session.number,
    };
    this.#link.accept(client, { version, receiveMaximum });
    this.#link.release();
  }

  #onDisconnect(version: 4 | 5, body: Buffer): void {
    const said = readDisconnect(version, body);
    if (said === undefined) return this.onFault(MALFORMED);
    const session = this.#session;
    const asked = said.sessionExpirySeconds;
    if (asked !== undefined && session !== undefined) {
      if (session.expirySeconds === 0 && asked > 0) return this.onFault(EXPIRY_RAISED);
      const expiry = Math.min(asked, this.#context.sessionExpirySeconds);
      this.#context.sessions.close(session, this, expiry);
    }
    this.#close(undefined);
  }

  #refuse({ fault, version }: ConnectRefusal): void {
    this.#context.stats.refused++;
    this.#report("MQTT connection refused", fault);
    this.#state = "accepted";
    if (version !== undefined) this.send(connackRefused(version, fault.reasonCode));
    this.#close(undefined);
  }

  /** Closes, after a DISCONNECT with `reasonCode` where the protocol knows one. */
  #close(reasonCode: number | undefined): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    if (this.#state === "connected" && this.#version === 5 && reasonCode !== undefined) {
      this.send(disconnect(reasonCode));
    }
    this.#end("closing");
    this.#lastMs = this.#nowMs;
    this.#socket?.destroySoon();
  }

  #gone(): void {
    if (this.#state === "closed") return;
    this.#end("closed");
    this.#context.closed(this);
  }

  #end(state: "closing" | "closed"): void {
    this.#state = state;
    this.#link.close();
    if (this.#session !== undefined) this.#context.sessions.close(this.#session, this);
    this.#session = undefined;
  }

  #report(event: string, fault: Fault): void {
    this.#context.report(event, {
      source: this.#context.source,
      clientId: this.#session?.clientId,
      address: this.#socket?.remoteAddress,
      reason: fault.text,
      reasonCode: fault.reasonCode,
    });
  }
}
