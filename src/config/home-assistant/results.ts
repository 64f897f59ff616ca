// Rows of a rule for Home Assistant: a sensor for each column, whose state is in the rule's newest row for the device, which
// the gateway itself publishes, retained, as JSON. The rule has a column `device`; where its rows go besides is its own affair.

import type { Field, SqlType } from "../../core/types.ts";
import type { PublishedResult } from "../profile-outlets.ts";
import type { Profile } from "../profile.ts";
import type { ToldDevice } from "./alarms.ts";
import { gatewayAvailability } from "./availability.ts";
import type { Availability } from "./availability.ts";
import { idOf, title } from "./names.ts";
import { columnTemplate } from "./template.ts";
import { toldTopic } from "./topics.ts";
import { sensorKind } from "./units.ts";
import type { SensorKind } from "./units.ts";

export interface ResultSensor extends SensorKind {
  readonly platform: "sensor" | "binary_sensor";
  readonly name: string;
  readonly unique_id: string;
  readonly state_topic: string;
  readonly value_template: string;
  readonly availability: readonly Availability[];
  readonly expire_after?: number;
}

/** A planned rule. */
export interface PublishableRule {
  readonly name: string;
  readonly sink: {
    readonly columns: readonly Field[];
    readonly options: Readonly<Record<string, string>>;
  };
}

/** The column that says of which device a row is. */
export const DEVICE: string = "device";

/** Rules of which profiles that publish show rows. */
export function publishedResults(profiles: readonly Profile[]): string[] {
  return [...new Set(profiles.flatMap((profile) => resultsOf(profile).map(({ rule }) => rule)))];
}

/** Components by key; those of rules that are not there are left out. */
export function resultSensors(
  profile: Profile,
  rules: readonly PublishableRule[],
  of: ToldDevice,
): Readonly<Record<string, ResultSensor>> {
  const sensors = resultsOf(profile).flatMap((result) => {
    const columns = rules.find(({ name }) => name === result.rule)?.sink.columns ?? [];
    return shown(result, columns).map((column): [string, ResultSensor] => [
      `result-${result.rule}-${column.name}`,
      sensor(result, column, of),
    ]);
  });
  return Object.fromEntries(sensors);
}

/** What a profile shows of rules. */
export function resultsOf({ publish }: Pick<Profile, "publish">): readonly PublishedResult[] {
  return publish?.homeAssistant?.results ?? [];
}

function shown({ columns }: PublishedResult, all: readonly Field[]): Field[] {
  return all.filter(({ name, type }) => {
    if (name === DEVICE || !isShown(type)) return false;
    return columns === undefined || Object.hasOwn(columns, name);
  });
}

function sensor(
  { rule, columns, expireAfterMs }: PublishedResult,
  { name, type }: Field,
  { gatewayId, device, id }: ToldDevice,
): ResultSensor {
  const isFlag = type.kind === "BOOLEAN";
  const isNumber = !isFlag && !isText(type);
  return {
    platform: isFlag ? "binary_sensor" : "sensor",
    name: `${title(name)} (${rule})`,
    unique_id: `${id}_result-${idOf(rule)}-${idOf(name)}`,
    state_topic: toldTopic(gatewayId, "result", { rule, device }),
    value_template: columnTemplate(name, isFlag),
    availability: gatewayAvailability(gatewayId),
    ...(isNumber && kindOf(name, columns?.[name] ?? "")),
    ...(expireAfterMs !== undefined && { expire_after: Math.ceil(expireAfterMs / 1000) }),
  };
}

/** Energy of a window is no meter's reading, the only kind that Home Assistant has a class for. */
function kindOf(name: string, units: string): SensorKind {
  const { device_class: found, ...kind } = sensorKind({ name, units, minimum: undefined });
  if (found === "energy") return { ...kind, state_class: "measurement" };
  return found === undefined ? kind : { ...kind, device_class: found };
}

/** Whether Home Assistant can show a value of the type. */
export function isShown(type: SqlType): boolean {
  return type.kind === "BOOLEAN" || isText(type) || NUMBERS.includes(type.kind);
}

/** Whether it is text. */
export function isText({ kind }: SqlType): boolean {
  return kind === "CHAR" || kind === "VARCHAR";
}

const NUMBERS = "TINYINT SMALLINT INTEGER BIGINT FLOAT DOUBLE DECIMAL".split(" ");
