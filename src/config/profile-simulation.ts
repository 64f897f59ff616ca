// `x-gateway.simulate` of a device profile: period, signals, labelled faults.

import { duration, field, list, mapping, number, section, text, wrong, z } from "./fields.ts";
import type { Field, Wrong } from "./fields.ts";
import type { Fault, Signal, Simulation } from "./profile.ts";

export type Scalar = number | boolean | string;

/** A number, boolean or text. */
function scalar(): Field<Scalar> {
  return field(asScalar, { type: ["string", "number", "boolean"] });
}

/** The value if it is a scalar. */
export function asScalar(value: unknown): Scalar | Wrong {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string"
    ? value
    : wrong("must be a number, true, false or text");
}

const SIGNAL: Field<Signal> = section({
  /** Drifts around `mean` with memory `tau`. */
  ou: section({ mean: number(), tau: duration({ min: 1 }), sigma: number({ min: 0 }) }).optional(),
  sine: section({
    mean: number(),
    amplitude: number({ min: 0 }),
    period: duration({ min: 1 }),
    noise: number({ min: 0 }).default(0),
  }).optional(),
  base: number().optional(),
  /** White noise around `base`, its standard deviation. */
  noise: number({ min: 0 }).optional(),
  constant: scalar().optional(),
}).transform(({ ou, sine, base, noise, constant }, context): Signal => {
  const given = [ou, sine, base, constant].filter((part) => part !== undefined).length;
  if (given === 1 && (noise === undefined || base !== undefined)) {
    if (ou !== undefined) return { kind: "ou", mean: ou.mean, tauMs: ou.tau, sigma: ou.sigma };
    if (base !== undefined) return { kind: "noise", base, noise: noise ?? 0 };
    if (constant !== undefined) return { kind: "constant", value: constant };
    if (sine !== undefined) {
      const { period, ...rest } = sine;
      return { kind: "sine", periodMs: period, ...rest };
    }
  }
  const message = "must have one of: ou, sine, base (with noise), constant";
  context.issues.push({ code: "custom", message, input: given });
  return z.NEVER;
});

const PER_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `0.8/h`, as units per millisecond. */
function rate(): Field<number> {
  const form = /^(-?\d+(?:\.\d+)?)\/(s|m|h|d)$/;
  const parse = (value: unknown): number | Wrong => {
    const match = form.exec(String(value));
    return match === null
      ? wrong("must be a rate such as 0.8/h")
      : Number(match[1]) / PER_MS[match[2] as keyof typeof PER_MS];
  };
  return field(parse, { type: "string", pattern: form.source });
}

function yes(): Field<true> {
  return field((value) => (value === true ? true : wrong("must be true")), { const: true });
}

const EFFECTS = ["ramp", "offset", "factor", "noise", "stuck", "missing"] as const;

const FAULT: Field<Fault> = section({
  label: text(),
  /** The resource it falls on. */
  on: text(),
  /** After the start of the run. */
  at: duration(),
  for: duration({ min: 1 }),
  ramp: rate().optional(),
  offset: number().optional(),
  factor: number().optional(),
  noise: number({ min: 0 }).optional(),
  stuck: yes().optional(),
  missing: yes().optional(),
}).transform((value, context): Fault => {
  const kinds = EFFECTS.filter((effect) => value[effect] !== undefined);
  if (kinds.length !== 1) {
    const message = `must have one of: ${EFFECTS.join(", ")}`;
    context.issues.push({ code: "custom", message, input: value });
    return z.NEVER;
  }
  const { label, on, at, for: forMs, ramp = 0, offset = 0, factor = 1, noise = 0 } = value;
  const effects: Readonly<Record<(typeof EFFECTS)[number], Fault["effect"]>> = {
    ramp: { kind: "ramp", perMs: ramp },
    offset: { kind: "offset", by: offset },
    factor: { kind: "factor", by: factor },
    noise: { kind: "noise", sigma: noise },
    stuck: { kind: "stuck" },
    missing: { kind: "missing" },
  };
  return { label, on, atMs: at, forMs, effect: effects[kinds[0] ?? "missing"] };
});

export const SIMULATION: Field<Simulation> = section({
  period: section({ every: duration({ min: 1 }), jitter: duration().default(0) }),
  signals: mapping(SIGNAL),
  faults: list(FAULT).default([]),
  /** Constant parts of the payload by JSON pointer; `{device}` stands for the device's name. */
  constants: mapping(scalar()).default({}),
}).transform(({ period, signals, faults, constants }): Simulation => {
  return { everyMs: period.every, jitterMs: period.jitter, signals, faults, constants };
});
