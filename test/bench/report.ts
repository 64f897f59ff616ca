// Figures beside their bounds: what every bench prints, and how it judges.

/** Figures by name; each with the values of its rounds. */
export type Figures = Readonly<Record<string, readonly number[]>>;

/** What a figure must not exceed (`max`) or fall below (`min`). */
export interface Bound {
  readonly max?: number;
  readonly min?: number;
}

/** One figure of one case: the median of its rounds. */
export interface Line {
  readonly case: string;
  readonly figure: string;
  readonly median: number;
  readonly bound: string;
  readonly ok: boolean;
}

/** The medians of a case; a bound is missed when it is by more than the factor `slack`. */
export function judge(
  benchCase: { readonly name: string; readonly bounds: Readonly<Record<string, Bound>> },
  figures: Figures,
  slack: number,
): Line[] {
  return Object.entries(figures).map(([figure, measured]) => {
    const value = median(measured);
    const { max, min } = benchCase.bounds[figure] ?? {};
    const ok = value <= (max ?? Infinity) * slack && value >= (min ?? -Infinity) / slack;
    const bound = max === undefined ? (min === undefined ? "" : `≥ ${min}`) : `≤ ${max}`;
    return { case: benchCase.name, figure, median: value, bound, ok };
  });
}

/** The middle of the values; of an even number, the upper one. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A line of the table, with its end. */
export function lineText({ case: name, figure, median: value, bound, ok }: Line): string {
  const number = value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  const verdict = bound === "" ? "" : ok ? "ok" : "MISSED";
  return `${name.padEnd(13)} ${figure.padEnd(30)} ${number.padStart(10)}  ${bound.padEnd(10)} ${verdict}\n`;
}
