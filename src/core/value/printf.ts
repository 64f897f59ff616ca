// Formats of java.util.Formatter ("%-10s %5.2f"), split into what they print. The planner asks whether a literal format
// can be run; operators/ print by it.

/** Literal text, or a conversion with its width, precision and flags. */
export type FormatPart = { readonly kind: "text"; readonly text: string } | FormatDirective;

export interface FormatDirective {
  readonly kind: "directive";
  /** In lower case. */
  readonly conversion: string;
  readonly isUpper: boolean;
  /** The argument from 1; "next" without an index, "previous" for %<. */
  readonly argument: number | "next" | "previous";
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly flags: string;
}

export type PrintfFormat =
  | { readonly ok: true; readonly parts: readonly FormatPart[] }
  /** "invalid": Java refuses it, and Flink's PRINTF gives NULL; "unsupported": Java has it, we do not. */
  | { readonly ok: false; readonly kind: "invalid" | "unsupported"; readonly conversion: string };

const DIRECTIVE = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

/** Which flags each conversion takes, and whether a precision. */
const RULES: Readonly<Record<string, { readonly flags: string; readonly precision: boolean }>> = {
  b: { flags: "-", precision: true },
  c: { flags: "-", precision: false },
  d: { flags: "-+ 0,(", precision: false },
  e: { flags: "-#+ 0(", precision: true },
  f: { flags: "-#+ 0,(", precision: true },
  g: { flags: "-+ 0,(", precision: true },
  n: { flags: "", precision: false },
  o: { flags: "-#0", precision: false },
  s: { flags: "-", precision: true },
  x: { flags: "-#0", precision: false },
  "%": { flags: "-", precision: false },
};
const WITH_UPPER = "BCEGSX";
/** Hashes, hexadecimal floats and dates. */
const UNSUPPORTED = "aAhHtT";

/** Splits a format. */
export function parsePrintf(format: string): PrintfFormat {
  const parts: FormatPart[] = [];
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf("%", at);
    const end = next < 0 ? format.length : next;
    if (end > at) parts.push({ kind: "text", text: format.slice(at, end) });
    if (next < 0) break;
    DIRECTIVE.lastIndex = next;
    const match = DIRECTIVE.exec(format);
    if (match === null)
      return { ok: false, kind: "invalid", conversion: format.slice(next, next + 10) };
    const [whole, index, flags = "", width, precision, letter = ""] = match;
    if (UNSUPPORTED.includes(letter)) return { ok: false, kind: "unsupported", conversion: whole };
    const directive: FormatDirective = {
      kind: "directive",
      conversion: letter.toLowerCase(),
      isUpper: letter !== letter.toLowerCase(),
      argument: flags.includes("<") ? "previous" : index === undefined ? "next" : Number(index),
      width: width === undefined ? undefined : Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      flags: flags.replace("<", ""),
    };
    if (!isValid(directive)) return { ok: false, kind: "invalid", conversion: whole };
    parts.push(directive);
    at = DIRECTIVE.lastIndex;
  }
  return { ok: true, parts };
}

function isValid(directive: FormatDirective): boolean {
  const { conversion, isUpper, width, precision, flags, argument } = directive;
  const rule = RULES[conversion];
  if (rule === undefined || (isUpper && !WITH_UPPER.includes(conversion.toUpperCase())))
    return false;
  if (argument === 0 || new Set(flags).size !== flags.length) return false;
  if (Array.from(flags).some((flag) => !rule.flags.includes(flag))) return false;
  if (precision !== undefined && !rule.precision) return false;
  if (conversion === "n" && width !== undefined) return false;
  if (width === undefined && /[-0]/.test(flags)) return false;
  return (
    !(flags.includes("-") && flags.includes("0")) && !(flags.includes("+") && flags.includes(" "))
  );
}
