// How grave an alarm is.

/** From the least; OPC UA 250, 500, 750, 1000. */
export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];
