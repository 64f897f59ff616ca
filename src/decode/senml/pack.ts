// SenML packs (RFC 8428): records whose base fields hold for the records after them. What comes out are resolved
// records (§4.6): full names, absolute times, values with their base added.
//
// Refused: versions above 10, labels that end in `_` (they must be understood, §4.4), a record with more than one
// value, a name that is empty or has characters a name may not have (§4.5.1).

import type { PayloadValue } from "../payload-value.ts";

/** By label: in JSON, and its number in CBOR (§6, table 4). */
export const LABELS: Readonly<Record<string, number>> = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
};

const VERSION = 10;
/** Times below it are relative to now (§4.5.3). */
const ABSOLUTE_FROM = 2 ** 28;
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
const TEXTS = new Set(["bn", "bu", "n", "u", "vs"]);
const NUMBERS = new Set(["bver", "bt", "bv", "bs", "v", "s", "t", "ut"]);

/** A resolved record. Values that it does not have are undefined. */
export class SenmlMeasurement {
  name = "";
  /** As in the record, without the base name. */
  ownName = "";
  unit: string | undefined = undefined;
  value: PayloadValue | undefined = undefined;
  text: string | undefined = undefined;
  flag: boolean | undefined = undefined;
  data: Uint8Array | undefined = undefined;
  sum: number | undefined = undefined;
  /** Seconds since 1970. */
  time = 0;
  updateTime: number | undefined = undefined;
}

/** One pack being resolved: `set` the fields of a record, then `resolve` it. */
export class SenmlPack {
  readonly measurement: SenmlMeasurement = new SenmlMeasurement();
  #nowSeconds = 0;
  #base = { bn: "", bt: 0, bu: undefined as string | undefined, bv: 0, bs: 0 };
  #record = new Map<string, PayloadValue>();

  /** A pack begins that was received at `receiveTimeMs`. */
  begin(receiveTimeMs: number): void {
    this.#nowSeconds = receiveTimeMs / 1000;
    this.#base = { bn: "", bt: 0, bu: undefined, bv: 0, bs: 0 };
    this.#record.clear();
  }

  /** Notes a field of the record; "" or why it cannot be. Unknown labels are passed over. */
  set(label: string, value: PayloadValue): string {
    if (LABELS[label] === undefined) {
      return label.endsWith("_") ? `label ${label} must be understood, and is not` : "";
    }
    if (TEXTS.has(label) && typeof value !== "string") return `${label} is no text`;
    if (NUMBERS.has(label) && typeof value !== "number" && typeof value !== "bigint") {
      return `${label} is no number`;
    }
    if (label === "vb" && typeof value !== "boolean") return "vb is not true or false";
    if (label === "vd" && dataOf(value) === undefined) return "vd is no base64url";
    this.#record.set(label, value);
    return "";
  }

  /**
   * The record is complete: "" and `measurement` is set, "base" for a record that only has base fields, or why it is
   * none.
   */
  resolve(): string {
    const record = this.#record;
    const reason = this.#takeBase(record);
    const values = ["v", "vs", "vb", "vd"].filter((label) => record.has(label));
    if (reason === "" && values.length === 0 && !record.has("s")) {
      record.clear();
      return "base";
    }
    if (reason !== "" || values.length > 1) {
      return reason === "" ? `a record with ${values.join(" and ")}` : reason;
    }
    return this.#measure(record);
  }

  #takeBase(record: ReadonlyMap<string, PayloadValue>): string {
    const version = record.get("bver");
    if (version !== undefined && Number(version) > VERSION) {
      return `version ${Number(version)}, ${VERSION} is the newest known`;
    }
    const base = this.#base;
    if (record.has("bn")) base.bn = record.get("bn") as string;
    if (record.has("bu")) base.bu = record.get("bu") as string;
    for (const label of ["bt", "bv", "bs"] as const) {
      if (record.has(label)) base[label] = Number(record.get(label));
    }
    return "";
  }

  #measure(record: Map<string, PayloadValue>): string {
    const { bn, bt, bu, bv, bs } = this.#base;
    const own = (record.get("n") ?? "") as string;
    const name = bn + own;
    if (!NAME.test(name)) return name === "" ? "a record without a name" : `'${name}' is no name`;
    const number = (label: string): number | undefined => {
      const value = record.get(label);
      return value === undefined ? undefined : Number(value);
    };
    const value = record.get("v") as number | bigint | undefined;
    const sum = number("s");
    const time = bt + (number("t") ?? 0);
    const { measurement } = this;
    measurement.name = name;
    measurement.ownName = own;
    measurement.unit = (record.get("u") as string | undefined) ?? bu;
    // A large integer stays exact where nothing is added to it.
    measurement.value = value === undefined || bv === 0 ? value : bv + Number(value);
    measurement.text = record.get("vs") as string | undefined;
    measurement.flag = record.get("vb") as boolean | undefined;
    measurement.data = record.has("vd") ? dataOf(record.get("vd") as PayloadValue) : undefined;
    measurement.sum = sum === undefined ? undefined : bs + sum;
    measurement.time = time < ABSOLUTE_FROM ? this.#nowSeconds + time : time;
    measurement.updateTime = number("ut");
    record.clear();
    return "";
  }
}

/** Bytes in CBOR, base64 with the URL alphabet and without padding in JSON. */
function dataOf(value: PayloadValue): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]*={0,2}$/.test(value)) return undefined;
  return Uint8Array.from(Buffer.from(value, "base64url"));
}
