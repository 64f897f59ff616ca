// Control packets that ingest writes, and the two short ones that it reads. @see MQTT 3.1.1 §3, MQTT 5.0 §3

import {
  ASSIGNED_CLIENT_IDENTIFIER,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  PacketReader,
  RECEIVE_MAXIMUM_PROPERTY,
  SESSION_EXPIRY_INTERVAL,
} from "./packet-reader.ts";
import {
  BAD_AUTHENTICATION_METHOD,
  BAD_USER_NAME_OR_PASSWORD,
  CLIENT_IDENTIFIER_NOT_VALID,
  NO_SUBSCRIPTION_EXISTED,
  NOT_AUTHORIZED,
  SUCCESS,
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "./reason-codes.ts";

// First bytes, with the flags that the standard prescribes.
export const CONNECT = 0x10;
export const CONNACK = 0x20;
export const SUBSCRIBE = 0x82;
const SUBACK = 0x90;
export const UNSUBSCRIBE = 0xa2;
const UNSUBACK = 0xb0;
export const PINGREQ = 0xc0;
export const PINGRESP_HEADER = 0xd0;
export const DISCONNECT = 0xe0;

export const PINGRESP: Buffer = Buffer.from([PINGRESP_HEADER, 0]);

/** What a 5.0 device is told at the connect. */
export interface ConnackTerms {
  readonly sessionPresent: boolean;
  /** undefined: as the device asked. */
  readonly sessionExpirySeconds: number | undefined;
  readonly receiveMaximum: number;
  readonly packetBytes: number;
  readonly assignedClientId: string | undefined;
}

/** CONNACK with success. QoS 2 is not supported, retained messages are taken like others, there are no aliases. */
export function connackAccepted(version: 4 | 5, terms: ConnackTerms): Buffer {
  const flags = terms.sessionPresent ? 1 : 0;
  if (version === 4) return Buffer.from([CONNACK, 2, flags, 0]);
  const properties = [
    u16Property(RECEIVE_MAXIMUM_PROPERTY, terms.receiveMaximum),
    Buffer.from([MAXIMUM_QOS, 1]),
    u32Property(MAXIMUM_PACKET_SIZE, terms.packetBytes),
  ];
  if (terms.sessionExpirySeconds !== undefined) {
    properties.push(u32Property(SESSION_EXPIRY_INTERVAL, terms.sessionExpirySeconds));
  }
  if (terms.assignedClientId !== undefined) {
    const id = Buffer.from(terms.assignedClientId);
    properties.push(
      Buffer.from([ASSIGNED_CLIENT_IDENTIFIER, id.length >> 8, id.length & 0xff]),
      id,
    );
  }
  const section = Buffer.concat(properties);
  return packet(CONNACK, Buffer.concat([Buffer.from([flags, SUCCESS, section.length]), section]));
}

/** CONNACK with a refusal; 3.1.1 has five codes of its own for it. */
export function connackRefused(version: 4 | 5, reasonCode: number): Buffer {
  if (version === 5) return Buffer.from([CONNACK, 3, 0, reasonCode, 0]);
  return Buffer.from([CONNACK, 2, 0, RETURN_CODES.get(reasonCode) ?? SERVER_UNAVAILABLE]);
}

/** SUBACK that refuses `count` filters. */
export function subackRefused(version: 4 | 5, packetId: number, count: number): Buffer {
  const code = version === 5 ? NOT_AUTHORIZED : UNSPECIFIED_ERROR;
  return packet(SUBACK, acknowledgement(version, packetId, Buffer.alloc(count, code)));
}

/** UNSUBACK for `count` filters, none of which was subscribed. */
export function unsuback(version: 4 | 5, packetId: number, count: number): Buffer {
  const codes = Buffer.alloc(version === 5 ? count : 0, NO_SUBSCRIPTION_EXISTED);
  return packet(UNSUBACK, acknowledgement(version, packetId, codes));
}

/** DISCONNECT from the server, which only 5.0 knows. */
export function disconnect(reasonCode: number): Buffer {
  return Buffer.from([DISCONNECT, 2, reasonCode, 0]);
}

/** Packet id and number of filters of a SUBSCRIBE or UNSUBSCRIBE; undefined: malformed. */
export function readFilters(
  version: 4 | 5,
  header: number,
  body: Buffer,
): { readonly packetId: number; readonly count: number } | undefined {
  const reader = new PacketReader(body);
  const packetId = reader.u16();
  if (version === 5) reader.properties();
  let count = 0;
  for (; !reader.atEnd && !reader.bad; count++) {
    reader.utf8();
    if (header === SUBSCRIBE) reader.u8();
  }
  return reader.bad || packetId === 0 || count === 0 ? undefined : { packetId, count };
}

/** What a device says in DISCONNECT; undefined: malformed. */
export function readDisconnect(
  version: 4 | 5,
  body: Buffer,
): { readonly sessionExpirySeconds: number | undefined } | undefined {
  if (version === 4) return body.length === 0 ? { sessionExpirySeconds: undefined } : undefined;
  const reader = new PacketReader(body);
  if (!reader.atEnd) reader.u8();
  const properties = reader.atEnd ? undefined : reader.properties();
  if (reader.bad || !reader.atEnd) return undefined;
  const expiry = properties?.get(SESSION_EXPIRY_INTERVAL);
  return { sessionExpirySeconds: expiry === undefined ? undefined : Number(expiry) };
}

/** 3.1.1 return codes by the 5.0 reason code of the same meaning. */
const SERVER_UNAVAILABLE = 3;
const RETURN_CODES: ReadonlyMap<number, number> = new Map([
  [UNSUPPORTED_PROTOCOL_VERSION, 1],
  [CLIENT_IDENTIFIER_NOT_VALID, 2],
  [BAD_USER_NAME_OR_PASSWORD, 4],
  [NOT_AUTHORIZED, 5],
  [BAD_AUTHENTICATION_METHOD, 5],
]);

function acknowledgement(version: 4 | 5, packetId: number, codes: Buffer): Buffer {
  const head =
    version === 5 ? [packetId >> 8, packetId & 0xff, 0] : [packetId >> 8, packetId & 0xff];
  return Buffer.concat([Buffer.from(head), codes]);
}

/** A packet with its length. */
export function packet(header: number, body: Buffer): Buffer {
  const head = [header];
  let remaining = body.length;
  do {
    head.push((remaining & 127) | (remaining > 127 ? 128 : 0));
    remaining >>= 7;
  } while (remaining > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

function u16Property(id: number, value: number): Buffer {
  return Buffer.from([id, value >> 8, value & 0xff]);
}

function u32Property(id: number, value: number): Buffer {
  const property = Buffer.alloc(5, id);
  property.writeUInt32BE(value, 1);
  return property;
}
