// Every fault that the gateway is meant to survive, by its number, and the module that brings it about where there is
// one. The numbers are for life: reports and records name faults by them.

import { kill } from "./01-kill.ts";
import { powerCut } from "./02-power-cut.ts";
import { walTail } from "./03-wal-tail.ts";
import { diskFull } from "./04-disk-full.ts";
import { readOnly } from "./05-read-only.ts";
import { ioError } from "./06-io-error.ts";
import { slowStorage } from "./07-slow-storage.ts";
import { corruptDatabase } from "./08-corrupt-database.ts";
import { brokerRestarts } from "./09-broker-restarts.ts";
import { brokerRefuses } from "./10-broker-refuses.ts";
import { halfOpen } from "./11-half-open.ts";
import { kafkaRestarts } from "./12-kafka-restarts.ts";
import { tooLarge } from "./13-too-large.ts";
import { credentials } from "./14-credentials.ts";
import { lostAcknowledgements } from "./15-lost-acknowledgements.ts";
import { clockLeaps } from "./16-clock.ts";
import { deviceClocks } from "./17-device-clocks.ts";
import { disorder } from "./18-disorder.ts";
import { poison } from "./19-poison.ts";
import { badConfiguration } from "./20-bad-configuration.ts";
import { floods } from "./21-floods.ts";
import { slowKafka } from "./22-slow-kafka.ts";
import { memoryPressure } from "./23-memory.ts";
import { twoGateways } from "./24-two-gateways.ts";
import { schemaChanges } from "./25-schema-changes.ts";
import { sequenceLeaps } from "./26-sequence-leaps.ts";
import { badUplink } from "./27-bad-uplink.ts";
import { weekOffline } from "./28-week-offline.ts";
import { upgrade } from "./29-upgrade.ts";
import { restoredImage } from "./30-restored-image.ts";
import type { Fault } from "./fault.ts";

export interface CatalogueEntry {
  readonly number: number;
  readonly title: string;
  /** Undefined: the harness cannot bring it about. */
  readonly fault: Fault | undefined;
}

const FAULTS: readonly Fault[] = [
  kill,
  powerCut,
  walTail,
  diskFull,
  readOnly,
  ioError,
  slowStorage,
  corruptDatabase,
  brokerRestarts,
  brokerRefuses,
  halfOpen,
  kafkaRestarts,
  tooLarge,
  credentials,
  lostAcknowledgements,
  clockLeaps,
  deviceClocks,
  disorder,
  poison,
  badConfiguration,
  floods,
  slowKafka,
  memoryPressure,
  twoGateways,
  schemaChanges,
  sequenceLeaps,
  badUplink,
  weekOffline,
  upgrade,
  restoredImage,
];

const TITLES: readonly string[] = [
  "kill -9 at random points",
  "power cut: writes not yet synced are lost, reordered, torn",
  "torn or garbage end of the WAL",
  "disk full",
  "filesystem turns read-only, while running and before the start",
  "I/O error on the Nth write or fsync",
  "slow storage: 200 ms syncs, a stall of 5 s",
  "corrupt database: flipped, zeroed, truncated, empty",
  "MQTT broker restarts",
  "MQTT broker refuses",
  "half-open TCP",
  "Kafka broker restarts, leader moves",
  "Kafka message too large",
  "Kafka credentials or certificates expire",
  "acknowledgement lost after Kafka stored the rows",
  "clock back 1 h, forward 1 day, 1970 at boot",
  "device clock hours off",
  "duplicates and disorder",
  "poison payloads",
  "bad configuration on reload, reload storm",
  "topic flood, reconnect storm",
  "slow Kafka",
  "memory pressure",
  "two gateways with one client id, or on one data directory",
  "schema changes in mid-stream",
  "sequence leaps, wraps, resets",
  "bad uplink: loss, latency, narrow, flapping",
  "a week offline at rated load",
  "upgrade and downgrade with a full buffer, killed in migration",
  "disk image restored under a running site",
];

/** All faults, by number from 1 without gaps. */
export const CATALOGUE: readonly CatalogueEntry[] = TITLES.map((title, index) => {
  const number = index + 1;
  return { number, title, fault: FAULTS.find((fault) => fault.number === number) };
});
