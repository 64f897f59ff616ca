// Where a profile's devices and rows go without a rule of anybody's: Home Assistant, Kafka. Plain data.

/** What the gateway tells others of the devices. */
export interface ProfilePublish {
  readonly homeAssistant:
    | {
        /** Discovery messages are below it. */
        readonly prefix: string;
        readonly results: readonly PublishedResult[];
      }
    | undefined;
}

/** Rows of a rule that are shown as sensors of their device. */
export interface PublishedResult {
  readonly rule: string;
  /** UCUM codes by column, empty for none; undefined: every column that can be shown. */
  readonly columns: Readonly<Record<string, string>> | undefined;
  /** Without a row for so long, the state is unknown. */
  readonly expireAfterMs: number | undefined;
}

/** Every row of the profile's table, into Kafka. */
export interface ProfileUplink {
  readonly topic: string;
  /** A capture, or a resource that is text. */
  readonly key: string;
  readonly schema: "json" | "avro" | "avro-confluent";
}
