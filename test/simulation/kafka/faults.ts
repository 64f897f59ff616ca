// What happens to Kafka and on the way to it.

import type { VirtualTime } from "../virtual-time.ts";
import type { Cluster } from "./cluster.ts";
import type { Fate, KafkaApi, KafkaNetwork } from "./network.ts";

export type KafkaFault =
  | { readonly do: "kafka"; readonly api: KafkaApi; readonly fate: Fate }
  | { readonly do: "kafka-down"; readonly forMs: number }
  | { readonly do: "kafka-skips-markers" }
  | { readonly do: "kafka-slow-markers"; readonly byMs: number };

export interface KafkaSite {
  readonly cluster: Cluster;
  readonly network: KafkaNetwork;
  readonly time: VirtualTime;
}

export function happenToKafka(fault: KafkaFault, { cluster, network, time }: KafkaSite): void {
  switch (fault.do) {
    case "kafka":
      network.arm(fault.api, fault.fate);
      return;
    case "kafka-down":
      network.down = true;
      network.breakAll();
      time.after(fault.forMs, () => (network.down = false));
      return;
    case "kafka-skips-markers":
      cluster.skipsMarkers = true;
      return;
    case "kafka-slow-markers":
      cluster.markerDelayMs = fault.byMs;
  }
}
