// Units are UCUM codes, case-sensitive (https://ucum.org/ucum). Not the whole grammar of conversions: enough to tell
// a code from a misspelt or colloquial unit, and to say what to write instead.

/** Atoms that take metric prefixes, and ones that do not. Extend them when a device needs it. */
const METRIC = new Set(
  (
    "m s g K cd A mol rad sr Hz N Pa J W C V F Ohm S Wb T H lm lx Bq Gy Sv kat l L t bar eV u pc Cel " +
    "B B[SPL] B[V] B[W] Np bit By Bd cal g% eq osm mho m[H2O] m[Hg] ar gf"
  ).split(" "),
);
const PLAIN = new Set(
  (
    "min h d wk mo a deg ' '' gon % [ppth] [ppm] [ppb] [pH] [degF] [ft_i] [in_i] [yd_i] [mi_i] " +
    "[lb_av] [gal_us] [psi] [kn_i] [HP] [Btu_IT] [car_Au] circ atm [g] [pi] har 10* 10^"
  ).split(" "),
);
const PREFIXES = "Y Z E P T G M k h da d c m u n p f".split(" ");
const BINARY_PREFIXES = ["Ki", "Mi", "Gi", "Ti"];

/** What people write, and the code they mean. */
const MEANT: Readonly<Record<string, string>> = {
  degC: "Cel",
  "°C": "Cel",
  C: "Cel",
  celsius: "Cel",
  Celsius: "Cel",
  degF: "[degF]",
  "°F": "[degF]",
  F: "[degF]",
  rpm: "{rev}/min",
  RPM: "{rev}/min",
  percent: "%",
  "%RH": "%",
  ppm: "[ppm]",
  ppb: "[ppb]",
  pH: "[pH]",
  psi: "[psi]",
  PSI: "[psi]",
  sec: "s",
  seconds: "s",
  hz: "Hz",
  kWh: "kW.h",
  Wh: "W.h",
  kwh: "kW.h",
  VA: "V.A",
  VAr: "V.A{reactive}",
  var: "V.A{reactive}",
  "m/s²": "m/s2",
  "m/s^2": "m/s2",
  "m3/hr": "m3/h",
  µm: "um",
  "µg/m³": "ug/m3",
  "ug/m³": "ug/m3",
  lux: "lx",
  ohm: "Ohm",
  Ω: "Ohm",
  dBm: "dB{mW}",
  g_n: "[g]",
  volts: "V",
  amps: "A",
  watts: "W",
  bytes: "By",
};

/** `C` and `F` are coulomb and farad in UCUM, but nobody's sensor measures those under that name. */
const NOT_MEANT = new Set(["C", "F"]);

/** undefined when `unit` is a UCUM code (empty is fine), else why not, with what to write where that is known. */
export function unitProblem(
  unit: string,
): { message: string; hint: string | undefined } | undefined {
  if (unit === "") return undefined;
  const meant = MEANT[unit] ?? meantByTerms(unit);
  if (isUnit(unit) && !(meant !== undefined && NOT_MEANT.has(unit))) return undefined;
  return {
    message: `"${unit}" is not a UCUM unit`,
    hint:
      meant === undefined
        ? "See https://ucum.org, such as Cel, %, V, mm/s, {rev}/min."
        : `Write "${meant}".`,
  };
}

/** The UCUM code that people mean by a unit; undefined where that is not known. */
export function unitMeant(unit: string): string | undefined {
  if (unitProblem(unit) === undefined) return unit;
  return MEANT[unit] ?? meantByTerms(unit);
}

/** `mm/sec` is `mm/s`: the unit with each colloquial term put right. */
function meantByTerms(unit: string): string | undefined {
  const right = unit.replace(/[^./]+/g, (term) =>
    NOT_MEANT.has(term) ? term : (MEANT[term] ?? term),
  );
  return right !== unit && isUnit(right) ? right : undefined;
}

/** Terms joined by `.` and `/`, with exponents, parentheses and `{annotations}`. */
function isUnit(text: string): boolean {
  const bare = text.replace(/\{[!-z|~]*\}/g, "{}");
  if (bare.includes("{") && !/^[^{}]*(?:\{\}[^{}]*)*$/.test(bare)) return false;
  const terms = bare.replace(/^\//, "").split(/[./]/);
  return terms.length > 0 && terms.every(isComponent);
}

function isComponent(term: string): boolean {
  const bare = term.replace(/^\(|\)$/g, "").replace("{}", "");
  if (bare === "") return term !== "";
  if (/^\d+$/.test(bare)) return true;
  const match = /^(.*?[^\d+-]|10\*|10\^)([+-]?\d+)?$/.exec(bare);
  const atom = match?.[1] ?? bare;
  return isAtom(atom) || isAtom(bare);
}

function isAtom(atom: string): boolean {
  if (METRIC.has(atom) || PLAIN.has(atom)) return true;
  if (PREFIXES.some((prefix) => atom.startsWith(prefix) && METRIC.has(atom.slice(prefix.length)))) {
    return true;
  }
  return BINARY_PREFIXES.some(
    (prefix) => atom.startsWith(prefix) && ["By", "bit"].includes(atom.slice(prefix.length)),
  );
}
