// Where a resource stands in a payload, and what is done to it, as a template of Home Assistant. A template that fails, or
// gives nothing, leaves the state as it was, as a field that is not in every message should.
// @see https://www.home-assistant.io/docs/configuration/templating

import { EACH } from "../../core/format/profile-codec.ts";
import type { ProfileCodec, Transform } from "../../core/format/profile-codec.ts";
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

function isTrue(raw: string, { transform }: DeviceResource, isText: boolean): string {
  const { words } = transform;
  if (isText) return `value == ${quoted(words?.on ?? "true")}`;
  return words === undefined ? bits(raw, transform) : `${raw} in [${quoted(words.on)}, true]`;
}

function rawValue(codec: ProfileCodec, { address }: DeviceResource): string | undefined {
  if (codec.type === "text") return "value";
  if (codec.type !== "json" || address.kind !== "path" || address.path.includes(EACH)) {
    return undefined;
  }
  return `value_json${address.path.map((step) => `[${/^\d+$/.test(step) ? step : quoted(step)}]`).join("")}`;
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
