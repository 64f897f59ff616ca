// The device as a pure state machine: step(state, event, random) → state and outputs. It knows no clock but the
// time of the event, draws no number but by (stream, n), and changes nothing that it was given.
//
//   sample n ─▶ fact ─┬─ at once ──────────────▶ transmit ─┬─ link up ───▶ out ─(a share)─▶ resend later
//                     ├─ disordered: a bit later ▶          └─ link down ─▶ stored, all out when the link is back
//                     └─ late (labelled): much later ▶

import { below, chance, type DeviceRandom, STREAM } from "../random.ts";
import type { DevicePlan } from "./plan.ts";
import { NO_SIGNAL_STATE, type SignalState, takeSample } from "./signals.ts";

export const LABEL_LATE = "late";
export const LABEL_FLUSH = "flush";

/** A measurement the device has made: what the truth file holds, whatever becomes of it. */
export interface Fact {
  readonly device: number;
  /** Counts from 1 per device. */
  readonly sequence: number;
  /** True time of the measurement, and the device clock's idea of it (epoch milliseconds). */
  readonly trueTimeMs: number;
  readonly eventTimeMs: number;
  /** By signal, in units; null = the field is missing. */
  readonly values: readonly (number | null)[];
  /** `late`, `flush`, and the faults active at the time. */
  readonly labels: readonly string[];
}

/** How often this sending is: the first, or a repetition with or without DUP. */
export type Sending = "first" | "resend" | "resend-dup";

export type DeviceEvent =
  | { readonly kind: "sample"; readonly n: number }
  | { readonly kind: "transmit"; readonly fact: Fact; readonly sending: Sending }
  | { readonly kind: "link"; readonly up: boolean };

export type DeviceOutput =
  | { readonly kind: "fact"; readonly fact: Fact }
  | { readonly kind: "transmit"; readonly fact: Fact; readonly sending: Sending }
  | { readonly kind: "lost"; readonly fact: Fact }
  | { readonly kind: "schedule"; readonly atMs: number; readonly event: DeviceEvent };

/** A persistent list, newest first: adding keeps the old state intact. */
interface Stored {
  readonly transmit: DeviceEvent & { kind: "transmit" };
  readonly older: Stored | undefined;
}

export interface DeviceState {
  readonly device: number;
  readonly sequence: number;
  readonly signals: SignalState;
  readonly up: boolean;
  readonly stored: Stored | undefined;
  readonly storedCount: number;
}

export interface Step {
  readonly state: DeviceState;
  readonly outputs: readonly DeviceOutput[];
}

/** A device before its first event. Its first events come from `firstEvents`. */
export function newDevice(device: number): DeviceState {
  return {
    device,
    sequence: 0,
    signals: NO_SIGNAL_STATE,
    up: true,
    stored: undefined,
    storedCount: 0,
  };
}

/** What to schedule when the device is switched on. */
export function firstEvents(plan: DevicePlan, random: DeviceRandom): readonly DeviceOutput[] {
  const outputs: DeviceOutput[] = [];
  if (plan.samples > 0) outputs.push(sampleAt(plan, random, 0));
  const { everyMs, forMs } = plan.behaviour.outage;
  if (everyMs > 0) {
    const phase = below(random.bits(STREAM.phase, 1), everyMs);
    const atMs = plan.startMs + everyMs - forMs + phase;
    outputs.push({ kind: "schedule", atMs, event: { kind: "link", up: false } });
  }
  return outputs;
}

/** One step at virtual time `nowMs`. */
export function step(
  state: DeviceState,
  event: DeviceEvent,
  on: { readonly plan: DevicePlan; readonly random: DeviceRandom; readonly nowMs: number },
): Step {
  switch (event.kind) {
    case "sample":
      return sample(state, event.n, on);
    case "transmit":
      return transmit(state, event, on);
    case "link":
      return link(state, event.up, on);
  }
}

type On = Parameters<typeof step>[2];

function sample(state: DeviceState, n: number, { plan, random, nowMs }: On): Step {
  const flush = n === plan.samples;
  const elapsedMs = nowMs - plan.startMs;
  const taken = takeSample(plan, random, { n, elapsedMs, state: state.signals });
  const sequence = state.sequence + 1;
  const delay = flush ? NO_DELAY : holdBack(plan, random, { sequence, elapsedMs });
  const extra = flush ? LABEL_FLUSH : delay.late ? LABEL_LATE : undefined;
  const fact: Fact = {
    device: state.device,
    sequence,
    trueTimeMs: nowMs,
    eventTimeMs: nowMs - (nowMs % plan.clockStepMs),
    values: taken.values,
    labels: extra === undefined ? taken.labels : [...taken.labels, extra],
  };
  const next: DeviceState = { ...state, sequence, signals: taken.state };
  const outputs: DeviceOutput[] = [{ kind: "fact", fact }];
  if (n + 1 < plan.samples || (n + 1 === plan.samples && plan.flushAfterMs > 0))
    outputs.push(sampleAt(plan, random, n + 1));
  const event = { kind: "transmit", fact, sending: "first" } as const;
  if (delay.byMs > 0) {
    outputs.push({ kind: "schedule", atMs: nowMs + delay.byMs, event });
    return { state: next, outputs };
  }
  const sent = transmit(next, event, { plan, random, nowMs });
  return { state: sent.state, outputs: [...outputs, ...sent.outputs] };
}

const NO_DELAY = { byMs: 0, late: false };

/** How long a fact is held back. A fact that could not be late before the device falls silent is not held. */
function holdBack(
  plan: DevicePlan,
  random: DeviceRandom,
  now: { readonly sequence: number; readonly elapsedMs: number },
): { readonly byMs: number; readonly late: boolean } {
  const { late, disorder } = plan.behaviour;
  const { sequence, elapsedMs } = now;
  const byMs = late.byMs + below(random.bits(STREAM.lateBy, sequence), late.byMs / 2);
  const lastMs = (plan.samples - 1) * plan.periodMs;
  if (elapsedMs >= late.afterMs && elapsedMs + byMs < lastMs)
    if (chance(random.bits(STREAM.late, sequence), late.share)) return { byMs, late: true };
  if (!chance(random.bits(STREAM.disorder, sequence), disorder.share)) return NO_DELAY;
  return { byMs: 1 + below(random.bits(STREAM.disorderBy, sequence), disorder.byMs), late: false };
}

function transmit(
  state: DeviceState,
  event: DeviceEvent & { kind: "transmit" },
  { plan, random, nowMs }: On,
): Step {
  if (!state.up) return store(state, event, plan.behaviour.bufferFacts);
  const { fact, sending } = event;
  const outputs: DeviceOutput[] = [{ kind: "transmit", fact, sending }];
  const { resend } = plan.behaviour;
  if (sending === "first" && chance(random.bits(STREAM.resend, fact.sequence), resend.share)) {
    const dup = chance(random.bits(STREAM.resendDup, fact.sequence), resend.dupShare);
    const wait = 1 + below(random.bits(STREAM.resendAfter, fact.sequence), resend.withinMs);
    const again: DeviceEvent = {
      kind: "transmit",
      fact,
      sending: dup ? "resend-dup" : "resend",
    };
    outputs.push({ kind: "schedule", atMs: nowMs + wait, event: again });
  }
  return { state, outputs };
}

function store(
  state: DeviceState,
  event: DeviceEvent & { kind: "transmit" },
  bufferFacts: number,
): Step {
  const kept: Stored = { transmit: event, older: state.stored };
  const full = state.storedCount >= bufferFacts;
  // The ring buffer overwrites its oldest fact: the list is rebuilt without its tail, which is rare.
  const lost = full ? oldestOf(kept) : undefined;
  return {
    state: {
      ...state,
      stored: full ? withoutOldest(kept) : kept,
      storedCount: full ? state.storedCount : state.storedCount + 1,
    },
    outputs: lost?.sending === "first" ? [{ kind: "lost", fact: lost.fact }] : [],
  };
}

function link(state: DeviceState, up: boolean, { plan, random, nowMs }: On): Step {
  const { everyMs, forMs } = plan.behaviour.outage;
  const outputs: DeviceOutput[] = [];
  // A silent device needs its link once more, to send what it has stored, and no outage after that.
  const silentFromMs = plan.startMs + plan.samples * plan.periodMs;
  if (!up || nowMs < silentFromMs) {
    const atMs = nowMs + (up ? everyMs - forMs : forMs);
    outputs.push({ kind: "schedule", atMs, event: { kind: "link", up: !up } });
  }
  if (!up) return { state: { ...state, up }, outputs };
  const online: DeviceState = { ...state, up, stored: undefined, storedCount: 0 };
  for (const event of oldestFirst(state.stored))
    outputs.push(...transmit(online, event, { plan, random, nowMs }).outputs);
  return { state: online, outputs };
}

/** Sample n's turn, with its jitter; the n after the last is the flush. */
function sampleAt(plan: DevicePlan, random: DeviceRandom, n: number): DeviceOutput {
  const flushMs = n === plan.samples ? plan.flushAfterMs : 0;
  const phase = below(random.bits(STREAM.phase, 0), plan.periodMs - plan.jitterMs);
  const jitter = below(random.bits(STREAM.jitter, n), plan.jitterMs);
  const atMs = plan.startMs + phase + n * plan.periodMs + jitter + flushMs;
  return { kind: "schedule", atMs, event: { kind: "sample", n } };
}

function oldestFirst(stored: Stored | undefined): Stored["transmit"][] {
  const events: Stored["transmit"][] = [];
  for (let at = stored; at !== undefined; at = at.older) events.push(at.transmit);
  return events.reverse();
}

function oldestOf(stored: Stored): Stored["transmit"] {
  let at = stored;
  while (at.older !== undefined) at = at.older;
  return at.transmit;
}

function withoutOldest(stored: Stored): Stored | undefined {
  const [, ...kept] = oldestFirst(stored);
  let list: Stored | undefined;
  for (const event of kept) list = { transmit: event, older: list };
  return list;
}
