// Units and kinds of measurement as Home Assistant names them.
// @see https://www.home-assistant.io/integrations/sensor#device-class

import type { DeviceResource } from "../profile.ts";

/** By UCUM code; others are shown as they are. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: "°C",
  "[degF]": "°F",
  "kW.h": "kWh",
  "W.h": "Wh",
  "V.A": "VA",
  "V.A{reactive}": "var",
  "{rev}/min": "rpm",
  "dB{mW}": "dBm",
  m3: "m³",
  "m3/h": "m³/h",
  "m/s2": "m/s²",
  "ug/m3": "µg/m³",
  "[ppm]": "ppm",
  "[ppb]": "ppb",
  "[psi]": "psi",
  "[g]": "g",
  deg: "°",
};

/** Device classes by unit, each with the units that Home Assistant takes for it. */
const CLASSES: Readonly<Record<string, string>> = {
  "°C": "temperature",
  "°F": "temperature",
  K: "temperature",
  W: "power",
  kW: "power",
  kWh: "energy",
  Wh: "energy",
  V: "voltage",
  mV: "voltage",
  A: "current",
  mA: "current",
  VA: "apparent_power",
  var: "reactive_power",
  Hz: "frequency",
  Pa: "pressure",
  hPa: "pressure",
  kPa: "pressure",
  bar: "pressure",
  mbar: "pressure",
  psi: "pressure",
  lx: "illuminance",
  dBm: "signal_strength",
  "mm/s": "speed",
  "m/s": "speed",
  "m³/h": "volume_flow_rate",
};

/** Of percentages, the name alone tells what they are of. */
const SHARES = ["battery", "humidity", "moisture"] as const;

export interface SensorKind {
  readonly unit_of_measurement?: string;
  readonly device_class?: string;
  readonly state_class?: "measurement" | "total" | "total_increasing";
}

/** What a number is, as far as its unit and name tell. */
export function sensorKind({
  name,
  units,
  minimum,
}: Pick<DeviceResource, "name" | "units" | "minimum">): SensorKind {
  const unit = UNITS[units] ?? units.replaceAll(/\{[^}]*\}/g, "");
  const share = SHARES.find((each) => name.toLowerCase().includes(each));
  const found = unit === "%" ? share : CLASSES[unit];
  return {
    ...(unit !== "" && { unit_of_measurement: unit }),
    ...(found !== undefined && { device_class: found }),
    state_class: found === "energy" ? energyState(minimum) : "measurement",
  };
}

/** Home Assistant takes energy for a meter's reading; one that never falls below zero counts up, or begins anew. */
function energyState(minimum: number | undefined): "total" | "total_increasing" {
  return minimum !== undefined && minimum >= 0 ? "total_increasing" : "total";
}
