// The topics below `headrace/GATEWAY` on which a gateway tells Home Assistant what no device sends: its own availability,
// alarms, rows of rules.

/** What is told of a rule's device. */
const KINDS = ["alarm", "result"] as const;
export type ToldKind = (typeof KINDS)[number];

/** Where a gateway publishes what it is asked about: everything below is its own. */
export function gatewayTopic(gatewayId: string): string {
  return `headrace/${level(gatewayId)}`;
}

/** Where the state of a device's alarm stands, `ON` while it is raised, or a rule's newest row for it, as JSON. */
export function toldTopic(
  gatewayId: string,
  kind: ToldKind,
  { rule, device }: { readonly rule: string; readonly device: string },
): string {
  return `${gatewayTopic(gatewayId)}/${kind}/${level(rule)}/${level(device)}`;
}

/** Whether `toldTopic` gives it for one of these rules; undefined: it gives no such topic. */
export function isToldOf(
  gatewayId: string,
  rules: Readonly<Record<ToldKind, readonly string[]>>,
  topic: string,
): boolean | undefined {
  const start = `${gatewayTopic(gatewayId)}/`;
  if (!topic.startsWith(start)) return undefined;
  const [first, rule] = topic.slice(start.length).split("/");
  const kind = KINDS.find((each) => each === first);
  if (kind === undefined || rule === undefined) return undefined;
  return rules[kind].some((each) => level(each) === rule);
}

/** A name as one level of a topic. */
function level(name: string): string {
  return name.replaceAll(/[/+#%\0]/g, encodeURIComponent);
}
