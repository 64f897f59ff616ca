// A profile that is being imported, and its text: as the shipped profiles are written, with what a reader must know in
// front.

/** What an importer has found; `warnings` are for whoever reads the profile before using it. */
export interface Imported {
  readonly drafts: readonly ProfileDraft[];
  readonly warnings: readonly string[];
}

export interface ProfileDraft {
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly description: string;
  readonly labels: readonly string[];
  /** Lines of the comment at its head. */
  readonly notes: readonly string[];
  readonly resources: readonly ResourceDraft[];
  readonly topic: string;
  readonly except: readonly string[];
  readonly codec: "json" | "text";
  /** Keys of `time`; undefined: event time is receive time. */
  readonly time: Flow | undefined;
  /** Keys of `availability`; undefined: nobody says whether a device is there. */
  readonly availability: Flow | undefined;
}

/** Entries of a mapping on one line; those that are undefined, and empty lists, are left out. */
export type Flow = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface ResourceDraft {
  readonly name: string;
  readonly description: string;
  readonly attributes: Flow;
  readonly properties: Flow & { readonly valueType: string };
}

/** The profile's text, with a line end. */
export function draftText(draft: ProfileDraft): string {
  const { manufacturer, model, description, labels, except, time, availability } = draft;
  const about = { manufacturer, model, description };
  const match = [`topic: ${scalar(draft.topic)}`];
  if (except.length > 0) match.push(`except: [${except.map(scalar).join(", ")}]`);
  return [
    ...draft.notes.map((note) => `# ${note}`),
    `name: ${scalar(draft.name)}`,
    ...Object.entries(about).flatMap(([key, text]) =>
      text === "" ? [] : [`${key}: ${scalar(text)}`],
    ),
    ...(labels.length === 0 ? [] : [`labels: [${labels.map(scalar).join(", ")}]`]),
    "deviceResources:",
    ...draft.resources.flatMap(resourceLines),
    "x-gateway:",
    "  version: 1",
    `  match: { ${match.join(", ")} }`,
    `  codec: { type: ${draft.codec} }`,
    ...(time === undefined ? [] : [`  time: ${flow(time)}`]),
    ...(availability === undefined ? [] : [`  availability: ${flow(availability)}`]),
    "",
  ].join("\n");
}

function resourceLines({ name, description, attributes, properties }: ResourceDraft): string[] {
  return [
    `  - name: ${scalar(name)}`,
    ...(description === "" ? [] : [`    description: ${scalar(description)}`]),
    `    attributes: ${flow(attributes)}`,
    `    properties: ${flow(properties)}`,
  ];
}

function flow(entries: Flow): string {
  const given = Object.entries(entries).flatMap(([key, value]) =>
    value === undefined || (typeof value === "object" && value.length === 0)
      ? []
      : [
          `${key}: ${typeof value === "object" ? `[${value.map(scalar).join(", ")}]` : scalar(value)}`,
        ],
  );
  return given.length === 0 ? "{}" : `{ ${given.join(", ")} }`;
}

/** Words that YAML, of one version or another, takes for something else than text. */
const WORDS = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;

/** A scalar of YAML: plain where that is safe, else in double quotes, which are JSON's. */
function scalar(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isPlain = /^[A-Za-z_/][\w/.() -]*$/.test(value) && !/\s$/.test(value) && !WORDS.test(value);
  return isPlain ? value : JSON.stringify(value);
}
