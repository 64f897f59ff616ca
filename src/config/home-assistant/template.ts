// Where a resource stands in a payload, and what is done to it, as a template of Home Assistant. A template that fails, or
// gives nothing, leaves the state as it was, as a field that is not in every message should.
// @see https://www.home-assistant.io/docs/configuration/templating

import { EACH } from "../../core/format/profile-codec.ts";
import type {
  Address,
  BoolWords,
  ProfileCodec,
  Transform,
} from "../../core/format/profile-codec.ts";
import type { DeviceResource } from "../profile.ts";

/** undefined: Home Assistant cannot read it: another format than JSON or text, a value of each element of an array. */
export function valueTemplate(codec: ProfileCodec, resource: DeviceResource): string | undefined {
  const raw = rawValue(codec, resource);
  if (raw === undefined) return undefined;
  const { valueType, transform } = resource;
  const isText = codec.type === "text";
  const number = isText ? "value | float" : raw;
  if (valueType === "Bool") {
    const isOn = isTrue(raw, resource, isText);
    return `{% if ${raw} is defined %}{{ 'ON' if ${isOn} else 'OFF' }}{% endif %}`;
  }
  const value = scaled(bits(number, transform), transform);
  return `{{ ${value === number ? raw : value} }}`;
}

/** `online` or `offline` by the texts of a profile, from where they stand; of any other text nothing. */
export function availabilityTemplate(address: Address, { on, off }: BoolWords): string {
  const isJson = address.kind === "path";
  const text = isJson ? `value_json${stepsOf(address.path)}` : "value";
  const words = (of: readonly string[], flag: string): string =>
    isJson ? listOf(of, flag) : listOf(of);
  const [online, offline] = [words(on, "true"), words(off, "false")];
  return `{% if ${text} in ${online} %}online{% elif ${text} in ${offline} %}offline{% endif %}`;
}

/** A column of a row that is published as JSON. */
export function columnTemplate(name: string, isFlag: boolean): string {
  const value = `value_json[${quoted(name)}]`;
  // `None` is what Home Assistant takes for unknown.
  return isFlag
    ? `{{ none if ${value} is none else 'ON' if ${value} else 'OFF' }}`
    : `{{ ${value} }}`;
}

function isTrue(raw: string, { transform }: DeviceResource, isText: boolean): string {
  const { words } = transform;
  if (isText) return `value in ${listOf(words?.on ?? ["true"])}`;
  return words === undefined ? bits(raw, transform) : `${raw} in ${listOf(words.on, "true")}`;
}

function rawValue(codec: ProfileCodec, { address }: DeviceResource): string | undefined {
  if (codec.type === "text") return "value";
  if (codec.type !== "json" || address.kind !== "path" || address.path.includes(EACH)) {
    return undefined;
  }
  return `value_json${stepsOf(address.path)}`;
}

function stepsOf(path: readonly string[]): string {
  return path.map((step) => `[${/^\d+$/.test(step) ? step : quoted(step)}]`).join("");
}

/** A list of Jinja: of texts, and what else stands in it. */
function listOf(texts: readonly string[], ...more: readonly string[]): string {
  return `[${[...texts.map(quoted), ...more].join(", ")}]`;
}

/** A text of Jinja. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function bits(value: string, { mask, shift }: Transform): string {
  const masked = mask === undefined ? value : `(${value} | int | bitwise_and(${mask}))`;
  if (shift === 0) return masked;
  const power = 2n ** BigInt(Math.abs(shift));
  return shift > 0 ? `(${masked} // ${power})` : `(${masked} * ${power})`;
}

function scaled(value: string, { base, scale, offset }: Transform): string {
  const isChanged = base !== undefined || scale !== 1 || offset !== 0;
  if (!isChanged) return value;
  const bracketed = value.includes(" ") && !value.startsWith("(") ? `(${value})` : value;
  const raised = base === undefined ? bracketed : `${base} ** ${bracketed}`;
  const times = scale === 1 ? raised : `${raised} * ${scale}`;
  if (offset === 0) return times;
  return offset < 0 ? `${times} - ${-offset}` : `${times} + ${offset}`;
}
