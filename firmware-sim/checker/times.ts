// Times as Kafka rows write them (Flink's SQL form, `2024-01-01 00:00:00.5`, LTZ with Z) and as stdout does (ISO).

const FORM = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,9})?Z?$/;

/** Epoch milliseconds; NaN, which equals nothing, for any other form. */
export function timeOf(text: string): number {
  const [, date, time, fraction = ""] = FORM.exec(text) ?? [];
  return date === undefined ? NaN : Date.parse(`${date}T${time}${fraction}Z`);
}
