// CONNECT: what a device asks for, or why it is refused.
//
//   "MQTT" │ level u8 │ flags u8 │ keep alive u16 │ properties (5.0) │ client id │ will: properties (5.0), topic, payload
//   │ user name │ password
//   flags: user name 80, password 40, will retain 20, will QoS 18, will 04, clean start 02, reserved 01
// @see MQTT 3.1.1 §3.1, MQTT 5.0 §3.1

import {
  AUTHENTICATION_METHOD,
  PacketReader,
  type PropertyValue,
  RECEIVE_MAXIMUM_PROPERTY,
  SESSION_EXPIRY_INTERVAL,
} from "./packet-reader.ts";
import {
  BAD_AUTHENTICATION_METHOD,
  CLIENT_IDENTIFIER_NOT_VALID,
  type Fault,
  MALFORMED_PACKET,
  PROTOCOL_ERROR,
  QOS_NOT_SUPPORTED,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "./reason-codes.ts";

/** A CONNECT that can be answered. */
export interface ConnectPacket {
  readonly version: 4 | 5;
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  /** As asked for. In 3.1.1: 0 with a clean session, else for ever (NEVER_EXPIRES). */
  readonly sessionExpirySeconds: number;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

/** `version` undefined: there is no form in which to answer, the connection is closed. */
export interface ConnectRefusal {
  readonly fault: Fault;
  readonly version: 4 | 5 | undefined;
}

/** Session Expiry Interval of a session that lasts for ever. */
export const NEVER_EXPIRES = 0xffffffff;

/** Reads the body of a CONNECT. */
export function readConnect(body: Buffer): ConnectPacket | ConnectRefusal {
  const reader = new PacketReader(body);
  const protocol = reader.utf8();
  const level = reader.u8();
  if (reader.bad || (protocol !== "MQTT" && protocol !== "MQIsdp")) {
    return refuse(undefined, MALFORMED_PACKET, "not an MQTT CONNECT");
  }
  if (protocol !== "MQTT" || (level !== 4 && level !== 5)) {
    // 3.1 and 3.1.1 share the form of their answer; level 6 and above will know that of 5.0.
    return refuse(level > 5 ? 5 : 4, UNSUPPORTED_PROTOCOL_VERSION, `protocol level ${level}`);
  }
  return readRest(reader, level);
}

/** True for what `readConnect` refused. */
export function isRefusal(packet: ConnectPacket | ConnectRefusal): packet is ConnectRefusal {
  return "fault" in packet;
}

function readRest(reader: PacketReader, version: 4 | 5): ConnectPacket | ConnectRefusal {
  const flags = reader.u8();
  const keepAliveSeconds = reader.u16();
  const properties: ReadonlyMap<number, PropertyValue> =
    version === 5 ? reader.properties() : new Map();
  const clientId = reader.utf8();
  if ((flags & 0x04) !== 0) {
    if (version === 5) reader.properties();
    reader.utf8();
    reader.binary();
  }
  const username = (flags & 0x80) !== 0 ? reader.utf8() : undefined;
  const password = (flags & 0x40) !== 0 ? reader.binary() : undefined;
  if (reader.bad || !reader.atEnd || !flagsAreValid(flags, version)) {
    // Nothing that came before a malformed field can be trusted, so 3.1.1 gets no answer.
    return refuse(version === 5 ? 5 : undefined, MALFORMED_PACKET, "malformed CONNECT");
  }
  const cleanStart = (flags & 0x02) !== 0;
  if (properties.get(RECEIVE_MAXIMUM_PROPERTY) === 0) {
    return refuse(version, PROTOCOL_ERROR, "Receive Maximum 0");
  }
  if (properties.has(AUTHENTICATION_METHOD)) {
    return refuse(version, BAD_AUTHENTICATION_METHOD, "enhanced authentication");
  }
  if (version === 5 && (flags & 0x18) === 0x10) {
    return refuse(version, QOS_NOT_SUPPORTED, "a will of QoS 2");
  }
  if (version === 4 && clientId === "" && !cleanStart) {
    return refuse(version, CLIENT_IDENTIFIER_NOT_VALID, "a durable session without a client id");
  }
  return {
    version,
    clientId,
    cleanStart,
    keepAliveSeconds,
    sessionExpirySeconds: expiry(version, cleanStart, properties),
    username,
    password,
  };
}

function expiry(
  version: 4 | 5,
  cleanStart: boolean,
  properties: ReadonlyMap<number, PropertyValue>,
): number {
  if (version === 4) return cleanStart ? 0 : NEVER_EXPIRES;
  return Number(properties.get(SESSION_EXPIRY_INTERVAL) ?? 0);
}

function flagsAreValid(flags: number, version: 4 | 5): boolean {
  const willQos = (flags >> 3) & 3;
  if ((flags & 0x01) !== 0 || willQos === 3) return false;
  if ((flags & 0x04) === 0 && (flags & 0x38) !== 0) return false;
  // 3.1.1 has no password without a user name [MQTT-3.1.2-22].
  return version === 5 || (flags & 0xc0) !== 0x40;
}

function refuse(version: 4 | 5 | undefined, reasonCode: number, what: string): ConnectRefusal {
  return { version, fault: { reasonCode, text: `refused: ${what}` } };
}
