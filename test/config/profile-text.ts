// A small profile as text, with parts to replace.

export interface ProfileParts {
  readonly resources?: string;
  readonly match?: string;
  readonly codec?: string;
  readonly gateway?: string;
}

/** The file's text; the topic is on line 7 while `resources` has one line. */
export function profileText({ resources, match, codec, gateway }: ProfileParts = {}): string {
  return `name: press-12
manufacturer: ACME
deviceResources:
${resources ?? "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, units: Cel}}"}
x-gateway:
  version: 1
  match: ${match ?? '{topic: "plant/{line}/{device}"}'}
  codec: ${codec ?? "{type: json}"}
${gateway ?? ""}`;
}
