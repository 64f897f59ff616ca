// Measurement values in integers. Normal noise is the centred sum of four bytes (`bell`); an Ornstein–Uhlenbeck
// path is the recurrence x += −x·Δt/τ + noise, kept in 1/256 units; the sine is Bhaskara's rational one (error
// below 0.2 %). Only + − × ÷, floor and square root are used: IEEE 754 fixes their bits, unlike those of Math.sin.

import { bell, BELL_SIGMA, type DeviceRandom, STREAM } from "../random.ts";
import type { DevicePlan, FaultPlan, SignalPlan } from "./plan.ts";

/** Sub-units of an Ornstein–Uhlenbeck level: without them slow paths would round to a standstill. */
const LEVEL_SCALE = 256;

/** What signals carry from one sample to the next. */
export interface SignalState {
  /** By signal: the level of its Ornstein–Uhlenbeck path. */
  readonly levels: readonly number[];
  /** By fault: the value at which a `stuck` sensor stands, while it does. */
  readonly held: ReadonlyMap<number, number>;
}

export const NO_SIGNAL_STATE: SignalState = { levels: [], held: new Map() };

export interface Sample {
  /** By signal, in units; null = the field is missing. */
  readonly values: readonly (number | null)[];
  readonly state: SignalState;
  /** Labels of the faults active in this sample, in the plan's order. */
  readonly labels: readonly string[];
}

/** Sample number `n`, taken `elapsedMs` after the start. */
export function takeSample(
  plan: DevicePlan,
  random: DeviceRandom,
  at: { readonly n: number; readonly elapsedMs: number; readonly state: SignalState },
): Sample {
  const values: (number | null)[] = [];
  const levels: number[] = [];
  for (let i = 0; i < plan.signals.length; i++) {
    const signal = plan.signals[i] as SignalPlan;
    const noise = bell(random.bits(STREAM.signal + i, at.n)) / BELL_SIGMA;
    const level = nextLevel(signal, plan.periodMs, { level: at.state.levels[i] ?? 0, noise });
    levels.push(level);
    const deviation = signal.tauMs > 0 ? level / LEVEL_SCALE : noise * signal.noise;
    const wave = signal.sine;
    values.push(
      wave === undefined
        ? deviation
        : deviation + wave.amplitude * sine((at.elapsedMs % wave.periodMs) / wave.periodMs),
    );
  }
  const labels: string[] = [];
  let held = at.state.held;
  for (let f = 0; f < plan.faults.length; f++) {
    const fault = plan.faults[f] as FaultPlan;
    const sinceMs = activeSince(fault, at.elapsedMs);
    const deviation = values[fault.signal];
    if (sinceMs < 0) {
      if (held.has(f)) held = new Map([...held].filter(([index]) => index !== f));
      continue;
    }
    labels.push(fault.label);
    if (deviation === null || deviation === undefined) continue;
    if (fault.effect.kind === "stuck" && !held.has(f)) held = new Map([...held, [f, deviation]]);
    const bits = random.bits(STREAM.fault + f, at.n);
    values[fault.signal] = disturbed(fault, deviation, {
      sinceMs,
      noise: bell(bits) / BELL_SIGMA,
      held: held.get(f) ?? deviation,
    });
  }
  for (let i = 0; i < values.length; i++)
    values[i] = reported(plan.signals[i] as SignalPlan, values[i] as number | null);
  return { values, labels, state: { levels, held } };
}

function nextLevel(
  signal: SignalPlan,
  stepMs: number,
  now: { readonly level: number; readonly noise: number },
): number {
  if (signal.tauMs === 0) return 0;
  const pull = Math.min(1, stepMs / signal.tauMs);
  // Var = step² / (1 − (1 − pull)²) must be noise²: the path keeps its long-run deviation at any period.
  const step = signal.noise * LEVEL_SCALE * Math.sqrt(pull * (2 - pull));
  return Math.floor(now.level * (1 - pull) + now.noise * step + 0.5);
}

/** Sine of `turn` (0 to 1, one full turn). */
function sine(turn: number): number {
  const half = turn < 0.5 ? turn * 2 : turn * 2 - 1;
  const arch = half * (1 - half);
  const value = (16 * arch) / (5 - 4 * arch);
  return turn < 0.5 ? value : -value;
}

/** Milliseconds since the fault's present occurrence began; −1 when it is not active. */
function activeSince(fault: FaultPlan, elapsedMs: number): number {
  const since = elapsedMs - fault.atMs;
  if (since < 0) return -1;
  const within = fault.everyMs > 0 ? since % fault.everyMs : since;
  return within < fault.forMs ? within : -1;
}

function disturbed(
  fault: FaultPlan,
  deviation: number,
  now: { readonly sinceMs: number; readonly noise: number; readonly held: number },
): number | null {
  const { effect } = fault;
  switch (effect.kind) {
    case "offset":
      return deviation + effect.by;
    case "factor":
      return deviation * effect.by;
    case "noise":
      return deviation + now.noise * effect.by;
    case "ramp":
      return deviation + (effect.perHour * now.sinceMs) / 3_600_000;
    case "stuck":
      return now.held;
    case "missing":
      return null;
  }
}

function reported(signal: SignalPlan, deviation: number | null): number | null {
  if (deviation === null) return null;
  const value = signal.base + Math.floor(deviation + 0.5);
  return Math.min(signal.maximum, Math.max(signal.minimum, value));
}
