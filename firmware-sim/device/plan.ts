// What a simulated device is, compiled from a profile (`compile.ts`): plain numbers, so that a step parses nothing.
// Values are integers of 10^-decimals of the *payload* number ("units" below), not of the scaled column.

/** How one measurement moves. Amounts in units. */
export interface SignalPlan {
  /** The resource's name. */
  readonly name: string;
  readonly decimals: number;
  /** The payload holds it as a float of 32 bits. */
  readonly isSingle: boolean;
  readonly base: number;
  /** Standard deviation of the noise around `base`. */
  readonly noise: number;
  /** Ornstein–Uhlenbeck instead of white noise: `noise` is then its long-run deviation; 0 = white. */
  readonly tauMs: number;
  readonly sine: { readonly amplitude: number; readonly periodMs: number } | undefined;
  /** The range the sensor can report; what lies beyond is reported as the limit. */
  readonly minimum: number;
  readonly maximum: number;
}

/** Amounts in units: of the deviation from `base` (ramp per hour; noise: its standard deviation). */
export type FaultEffect =
  | { readonly kind: "offset" | "noise"; readonly by: number }
  | { readonly kind: "factor"; readonly by: number }
  | { readonly kind: "ramp"; readonly perHour: number }
  | { readonly kind: "stuck" }
  | { readonly kind: "missing" };

/** A labelled sensor fault. Times are milliseconds after the device's start. */
export interface FaultPlan {
  readonly label: string;
  /** Index into the signals. */
  readonly signal: number;
  readonly atMs: number;
  readonly forMs: number;
  /** Comes back with this period; 0 = once. */
  readonly everyMs: number;
  readonly effect: FaultEffect;
}

/** What the radio and the firmware do to facts on their way out. Shares are 0 to 1. */
export interface Behaviour {
  /** Sent again after 1 … `withinMs`, a `dupShare` of them with DUP set. */
  readonly resend: { readonly share: number; readonly withinMs: number; readonly dupShare: number };
  /** Held back 1 … `byMs`, so that younger facts overtake it. */
  readonly disorder: { readonly share: number; readonly byMs: number };
  /** Held back so long that it is late (labelled): `byMs` to 1.5 × `byMs`, from `afterMs` after the start on. */
  readonly late: { readonly share: number; readonly afterMs: number; readonly byMs: number };
  /** The link is down for the last `forMs` of every `everyMs` (0 = never), each device at its own phase. */
  readonly outage: { readonly everyMs: number; readonly forMs: number };
  /** Facts that fit into the device while the link is down; the oldest are lost when it is full. */
  readonly bufferFacts: number;
}

/** A device that only measures and sends. */
export const CALM: Behaviour = {
  resend: { share: 0, withinMs: 0, dupShare: 0 },
  disorder: { share: 0, byMs: 0 },
  late: { share: 0, afterMs: 0, byMs: 0 },
  outage: { everyMs: 0, forMs: 0 },
  bufferFacts: 4096,
};

export interface DevicePlan {
  readonly periodMs: number;
  /** What the device's clock counts in: event times are multiples of it. */
  readonly clockStepMs: number;
  /** Each sample is taken up to this much after its turn; below `periodMs`. */
  readonly jitterMs: number;
  readonly signals: readonly SignalPlan[];
  readonly faults: readonly FaultPlan[];
  readonly behaviour: Behaviour;
  /** Virtual time of the start (epoch milliseconds). */
  readonly startMs: number;
  /** Samples to take; the device is silent after them. */
  readonly samples: number;
  /** One more sample this long after the last, so that every window closes; 0 = none. */
  readonly flushAfterMs: number;
}
