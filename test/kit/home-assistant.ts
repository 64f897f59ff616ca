// What Home Assistant documents of its discovery messages, as a schema: of the kinds of components that we use.
// @see https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload

import { z } from "zod";

const TEXT = { type: "string", minLength: 1 };
/** Units that Home Assistant takes for a device class of sensors; the classes that we use. */
const UNITS_OF_CLASS: Readonly<Record<string, readonly string[]>> = {
  apparent_power: ["mVA", "VA", "kVA"],
  battery: ["%"],
  current: ["A", "mA"],
  energy: [
    "J",
    "kJ",
    "MJ",
    "GJ",
    "mWh",
    "Wh",
    "kWh",
    "MWh",
    "GWh",
    "TWh",
    "cal",
    "kcal",
    "Mcal",
    "Gcal",
  ],
  frequency: ["Hz", "kHz", "MHz", "GHz"],
  humidity: ["%"],
  illuminance: ["lx"],
  moisture: ["%"],
  power: ["mW", "W", "kW", "MW", "GW", "TW"],
  pressure: ["cbar", "bar", "hPa", "mmHg", "inHg", "kPa", "mbar", "Pa", "psi"],
  reactive_power: ["var", "kvar"],
  signal_strength: ["dB", "dBm"],
  speed: ["ft/s", "in/d", "in/h", "in/s", "km/h", "kn", "m/s", "mph", "mm/d", "mm/s"],
  temperature: ["°C", "°F", "K"],
  voltage: ["V", "mV", "µV", "kV", "MV"],
  volume_flow_rate: ["m³/h", "m³/min", "m³/s", "ft³/min", "L/h", "L/min", "L/s", "gal/min", "mL/s"],
};
/** `availability_topic` must not stand beside it, here or in a component that takes it over: it is not used at all. */
const AVAILABILITY = {
  type: "array",
  minItems: 1,
  items: {
    type: "object",
    additionalProperties: false,
    required: ["topic"],
    properties: {
      topic: TEXT,
      payload_available: TEXT,
      payload_not_available: TEXT,
      value_template: TEXT,
    },
  },
};
const COMMON = {
  name: TEXT,
  unique_id: TEXT,
  value_template: TEXT,
  state_topic: TEXT,
  availability: AVAILABILITY,
  expire_after: { type: "integer", minimum: 0 },
};
const REQUIRED = ["platform", "name", "unique_id", "value_template"];
const SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["device", "origin", "components", "state_topic"],
  properties: {
    device: {
      type: "object",
      additionalProperties: false,
      required: ["identifiers"],
      properties: {
        identifiers: { type: "array", minItems: 1, items: TEXT },
        name: TEXT,
        manufacturer: TEXT,
        model: TEXT,
      },
    },
    origin: {
      type: "object",
      additionalProperties: false,
      required: ["name"],
      properties: { name: TEXT, sw_version: TEXT },
    },
    state_topic: TEXT,
    availability: AVAILABILITY,
    availability_mode: { enum: ["all", "any", "latest"] },
    qos: { enum: [0, 1, 2] },
    components: {
      type: "object",
      additionalProperties: {
        anyOf: [
          {
            type: "object",
            additionalProperties: false,
            required: ["platform", "name", "unique_id", "state_topic"],
            properties: {
              platform: { const: "binary_sensor" },
              name: TEXT,
              unique_id: TEXT,
              device_class: { enum: ["problem"] },
              state_topic: TEXT,
              availability: AVAILABILITY,
            },
          },
          {
            type: "object",
            additionalProperties: false,
            required: REQUIRED,
            properties: { ...COMMON, platform: { const: "binary_sensor" } },
          },
          {
            type: "object",
            additionalProperties: false,
            required: REQUIRED,
            properties: {
              ...COMMON,
              platform: { const: "sensor" },
              unit_of_measurement: TEXT,
              state_class: { enum: ["measurement", "total", "total_increasing"] },
            },
          },
          ...Object.entries(UNITS_OF_CLASS).map(([name, units]) => ({
            type: "object",
            additionalProperties: false,
            required: [...REQUIRED, "device_class", "unit_of_measurement"],
            properties: {
              ...COMMON,
              platform: { const: "sensor" },
              device_class: { const: name },
              unit_of_measurement: { enum: units },
              state_class: {
                enum: name === "energy" ? ["total", "total_increasing"] : ["measurement"],
              },
            },
          })),
        ],
      },
    },
  },
};
/** What a discovery message has to be. */
export const documentedDiscovery: z.ZodType = z.fromJSONSchema(
  SCHEMA as Parameters<typeof z.fromJSONSchema>[0],
);
