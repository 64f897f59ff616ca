// The table of a profile whose devices are missed when they are silent (`quality.silentFor`), `<profile>_silence`: a row when
// a device has not been heard of for so long, and when it is heard of (again). The engine makes them (device-silence.ts); of
// messages only the topic is read.
//
//   device STRING, silent BOOLEAN, event_time TIMESTAMP_LTZ(3)

import type { ProfileDecoding } from "../core/format/profile-decoding.ts";
import { DEVICE_SILENT_FOR } from "../core/format/profile-decoding.ts";
import { STRING, TIME, watermarkBehind } from "./profile-table.ts";
import type { ProfileTable } from "./profile-table.ts";
import { RECEIVED, RECEIVED_IDLE_TIMEOUT } from "./profile-defaults.ts";
import { topicFilter } from "./profile-topic.ts";
import type { Profile } from "./profile.ts";

/** The name of the table. */
export function silenceName(profile: Pick<Profile, "name">): string {
  return `${profile.name}_silence`;
}

/** The table; undefined where no device is missed. */
export function silenceTable(profile: Profile): ProfileTable | undefined {
  const { name, file, topic, quality } = profile;
  const { deviceSilentForMs } = quality;
  if (deviceSilentForMs === undefined) return undefined;
  const source = { kind: "physical" } as const;
  return {
    name: silenceName(profile),
    columns: [
      { name: "device", type: STRING, source },
      { name: "silent", type: { kind: "BOOLEAN", nullable: true }, source },
      { name: "event_time", type: TIME, source },
    ],
    watermark: {
      column: EVENT_TIME,
      expression: watermarkBehind(EVENT_TIME, RECEIVED.outOfOrderMs),
    },
    options: {
      connector: "mqtt",
      topic: topicFilter(topic),
      format: "none",
      profile: name,
      [DEVICE_SILENT_FOR]: `${deviceSilentForMs} ms`,
      "watermark.idle-timeout": RECEIVED_IDLE_TIMEOUT,
    },
    system: false,
    position: { file, line: 1, column: 1 },
  };
}

/** How a message is a sign of its device. */
export function silenceDecoding({ topic, except, captures }: Profile): ProfileDecoding {
  const { outOfOrderMs: _, ...time } = RECEIVED;
  return {
    topic,
    except,
    captureColumns: captures.map((name) => (name === "device" ? DEVICE : NO_COLUMN)),
    codec: { type: "none" },
    resources: [],
    sequence: undefined,
    time: { ...time, column: EVENT_TIME },
    quality: {
      column: NO_COLUMN,
      reasonsColumn: NO_COLUMN,
      outOfRange: "bad",
      deviceCapture: captures.indexOf("device"),
      flags: [],
    },
  };
}

const DEVICE = 0;
const EVENT_TIME = 2;
const NO_COLUMN = -1;
