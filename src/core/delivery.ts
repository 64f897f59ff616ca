// What readers of Kafka get, and what an operator allows.

export const DELIVERIES = ["exactly-once", "at-least-once"] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** `prefer-exactly-once`: at least once where the cluster refuses transactions, and only there. */
export const DELIVERY_MODES = ["exactly-once", "at-least-once", "prefer-exactly-once"] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];
