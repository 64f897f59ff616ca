// The names of \p{…}: POSIX classes (ASCII only), general categories, and Is… with categories, binary properties and
// scripts. Characters are classified by the Unicode version of the JavaScript runtime, which is newer than that of the
// Java that Flink runs on: they differ in characters that one of them does not know.

import { anyOf, rangeSet, union, WHITE_SPACE, DIGITS, type CharSet } from "./char-set.ts";

const UPPER = rangeSet(0x41, 0x5a);
const LOWER = rangeSet(0x61, 0x7a);
const ALPHA = union(UPPER, LOWER);
const ALNUM = union(ALPHA, DIGITS);
const PUNCT = anyOf("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
const GRAPH = union(ALNUM, PUNCT);

/** \p{Alpha} and its like. */
const POSIX_CLASSES: Readonly<Record<string, CharSet>> = {
  ASCII: rangeSet(0, 0x7f),
  Alnum: ALNUM,
  Alpha: ALPHA,
  Blank: anyOf(" \t"),
  Cntrl: union(rangeSet(0, 0x1f), rangeSet(0x7f, 0x7f)),
  Digit: DIGITS,
  Graph: GRAPH,
  Lower: LOWER,
  Print: rangeSet(0x20, 0x7e),
  Punct: PUNCT,
  Space: WHITE_SPACE,
  Upper: UPPER,
  XDigit: anyOf("0123456789abcdefABCDEF"),
};

const CATEGORIES: ReadonlySet<string> = new Set(
  "L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs C Cc Cf Cn Co Cs".split(
    " ",
  ),
);

/** Names after Is, in upper case, to JavaScript's property. */
const BINARY_PROPERTIES: Readonly<Record<string, string>> = {
  ALPHABETIC: "Alphabetic",
  LETTER: "L",
  IDEOGRAPHIC: "Ideographic",
  LOWERCASE: "Lowercase",
  UPPERCASE: "Uppercase",
  TITLECASE: "Lt",
  WHITE_SPACE: "White_Space",
  WHITESPACE: "White_Space",
  CONTROL: "Cc",
  PUNCTUATION: "P",
  DIGIT: "Nd",
};

const SCRIPTS = (
  "Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil " +
  "Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic Cherokee Khmer Mongolian " +
  "Hiragana Katakana Bopomofo Han Common Inherited"
).split(" ");
const SCRIPT_NAMES: ReadonlyMap<string, string> = new Map(
  SCRIPTS.map((script) => [script.toUpperCase(), script]),
);

/** Any of the letters' cases: under (?i) Java reads Lu, Ll and Lt, and the POSIX cases, so. */
const CASED = "LC";

/** What \p{name} stands for; undefined for a name that is not known here. `ignoreCase`: the flag (?i). */
export function propertySet(name: string, ignoreCase: boolean): CharSet | undefined {
  const [key, value] = splitName(name);
  if (key === "sc" || key === "script") return scriptSet(value);
  if (key === "gc" || key === "general_category") return plainSet(value, ignoreCase);
  if (key !== "") return undefined;
  if (name.startsWith("In")) return undefined;
  if (!name.startsWith("Is")) return plainSet(name, ignoreCase);
  const short = name.slice(2);
  return binarySet(short, ignoreCase) ?? categorySet(short, ignoreCase) ?? scriptSet(short);
}

function splitName(name: string): readonly [key: string, value: string] {
  const equals = name.indexOf("=");
  return equals < 0 ? ["", name] : [name.slice(0, equals).toLowerCase(), name.slice(equals + 1)];
}

/** General categories and POSIX names. */
function plainSet(name: string, ignoreCase: boolean): CharSet | undefined {
  const posix = POSIX_CLASSES[name];
  if (posix !== undefined) {
    return ignoreCase && (name === "Lower" || name === "Upper") ? ALPHA : posix;
  }
  return categorySet(name, ignoreCase);
}

function categorySet(name: string, ignoreCase: boolean): CharSet | undefined {
  if (!CATEGORIES.has(name)) return undefined;
  return unicodeSet(ignoreCase && /^L[ult]$/.test(name) ? CASED : name);
}

function binarySet(name: string, ignoreCase: boolean): CharSet | undefined {
  const property = BINARY_PROPERTIES[name.toUpperCase()];
  if (property === undefined) return undefined;
  const isCase = property === "Lowercase" || property === "Uppercase" || property === "Lt";
  if (!ignoreCase || !isCase) return unicodeSet(property);
  return union(union(unicodeSet("Lowercase"), unicodeSet("Uppercase")), unicodeSet("Lt"));
}

function scriptSet(name: string): CharSet | undefined {
  const script = SCRIPT_NAMES.get(name.toUpperCase());
  return script === undefined ? undefined : unicodeSet(`Script=${script}`);
}

/** `property` comes from the tables above, never from a pattern. */
function unicodeSet(property: string): CharSet {
  const test = new RegExp(`^\\p{${property}}$`, "u");
  return { has: (code) => test.test(String.fromCodePoint(code)), isBasic: false };
}
