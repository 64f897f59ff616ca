// Counters of the ingest stage: plain numbers that hot code increments and the composition root turns into metrics.

/** One `mqtt:` entry of gateway.yaml. `connections` is a gauge, everything else only grows. */
export interface SourceStats {
  connections: number;
  /** Connections that got as far as a CONNACK with success. */
  connects: number;
  /** CONNECTs (listener) or attempts (client) that were refused, whatever the reason. */
  refused: number;
  authenticationFailures: number;
  /** Connections closed because their client id connected again. */
  takeovers: number;
  keepAliveTimeouts: number;
  receivedQos0: number;
  receivedQos1: number;
  /** PUBACKs written, each after its commit. */
  acknowledged: number;
  /** PUBACKs whose connection was gone at the commit: the message is durable, the device will send it again. */
  droppedAcks: number;
  /** Bytes read from sockets, after TLS. */
  receivedBytes: number;
  /** PUBLISH packets above `limits.packetBytes`, kept as topic, length and first bytes. */
  oversize: number;
  protocolErrors: number;
  /** Times a socket was paused: batches full, Receive Maximum, byte budget, unread answers. */
  pauses: number;
}

export function newSourceStats(): SourceStats {
  return {
    connections: 0,
    connects: 0,
    refused: 0,
    authenticationFailures: 0,
    takeovers: 0,
    keepAliveTimeouts: 0,
    receivedQos0: 0,
    receivedQos1: 0,
    acknowledged: 0,
    droppedAcks: 0,
    receivedBytes: 0,
    oversize: 0,
    protocolErrors: 0,
    pauses: 0,
  };
}

/** The batcher, shared by all sources. */
export interface BatcherStats {
  /** Batches handed to the core worker, and what they held. */
  batches: number;
  messages: number;
  payloadBytes: number;
  committed: number;
  /** Milliseconds in which no further message could be taken: current batch full, two in flight. */
  blockedMs: number;
  /** Messages in batches that died with the worker. QoS 1 ones are sent again, QoS 0 ones are gone. */
  lostQos0: number;
  lostQos1: number;
  topicEvictions: number;
}

export function newBatcherStats(): BatcherStats {
  return {
    batches: 0,
    messages: 0,
    payloadBytes: 0,
    committed: 0,
    blockedMs: 0,
    lostQos0: 0,
    lostQos1: 0,
    topicEvictions: 0,
  };
}
