// Asks a broker whether anybody subscribes to a topic: MQTT 5 answers a QoS 1 PUBLISH that has no subscriber with the
// reason code 0x10. The probe's payload is an empty object, which a table with a rowtime sends to the dead letter.
// @see MQTT 5.0 §3.4.2.1

import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  connectFrame,
  DISCONNECT_FRAME,
  FrameReader,
  PACKET,
  publishFrame,
} from "../../../firmware-sim/transport/frames.ts";

const NO_MATCHING_SUBSCRIBERS = 0x10;
const LOOK_MS = 100;
const TIMEOUT_MS = 30_000;

/** Waits until the broker on this loopback port has a subscriber for `topic`. */
export async function hasSubscriber(port: number, topic: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while ((await probe(port, topic)) === NO_MATCHING_SUBSCRIBERS) {
    if (performance.now() > deadline) throw new Error(`nobody subscribed to ${topic}`);
    await pause(LOOK_MS);
  }
}

/** The PUBACK's reason code. */
async function probe(port: number, topic: string): Promise<number> {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const reader = new FrameReader((type, body) => {
    if (type === PACKET.connack)
      socket.write(
        publishFrame({
          version: 5,
          topic: Buffer.from(topic),
          payload: Buffer.from("{}"),
          packetId: 1,
          dup: false,
        }),
      );
    if (type === PACKET.puback) resolve(body[2] ?? 0);
  });
  socket.on("data", (chunk) => reader.push(chunk));
  socket.on("error", reject);
  socket.write(
    connectFrame({
      version: 5,
      clientId: "e2e-probe",
      cleanStart: true,
      keepAliveSeconds: 60,
      sessionExpirySeconds: 0,
    }),
  );
  try {
    return await promise;
  } finally {
    socket.end(DISCONNECT_FRAME);
  }
}
