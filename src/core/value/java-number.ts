// DOUBLE and FLOAT as Java prints and reads them. Java writes 1.0E7 where JavaScript writes 10000000; the digits
// are the shortest that read back as the same number (as JDK 19 prints; JDK 17 now and then prints one more).

/** Java's Double.toString: `20.5`, `1.0E7`, `1.0E-4`, `NaN`, `-Infinity`, `-0.0`. */
export function doubleText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  return unusualText(value, () => value.toExponential());
}

/** Java's Float.toString; `value` is Math.fround-ed. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    if (Number.isInteger(value)) return `${String(value)}.0`;
    // toPrecision keeps trailing zeros only in numbers that fewer digits would have given exactly.
    return String(Number(shortestFloat(value)));
  }
  return unusualText(value, () => Number(shortestFloat(value)).toExponential());
}

/**
 * Java's Double.parseDouble: blanks around it, `NaN`, `Infinity`, a final `d` or `f`, hexadecimal floats.
 * undefined when it is no number.
 */
export function parseJavaDouble(text: string): number | undefined {
  const trimmed = trimControl(text);
  if (DECIMAL_FLOAT.test(trimmed)) return Number(trimmed.replace(/[dDfF]$/, ""));
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (special !== null) return Number(special[2]) * (special[1] === "-" ? -1 : 1);
  return parseHexFloat(trimmed);
}

const DECIMAL_FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/;
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[dDfF]?$/;

/** String.trim of Java: everything up to U+0020 at both ends. */
export function trimControl(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

function unusualText(value: number, exponential: () => string): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = "", exponent = ""] = exponential().split("e");
  const digits = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return `${digits}E${exponent.replace("+", "")}`;
}

/** The fewest significant digits that still round to the same float: at most 9. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toPrecision(9);
}

function parseHexFloat(text: string): number | undefined {
  const match = HEX_FLOAT.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return undefined;
  const mantissa = Number.parseInt(whole + fraction, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
