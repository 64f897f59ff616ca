// Topics with captures: `plant/{line}/{device}/up`, `site/{device...}`.

/** The names in `{…}` of a topic, in order. */
export function capturesOf(topic: string): string[] {
  return [...topic.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)(?:\.\.\.)?\}/g)].map(
    ([, name = ""]) => name,
  );
}

/** The MQTT filter that lets in what a topic with captures can match. */
export function topicFilter(topic: string): string {
  const name = "[A-Za-z_][A-Za-z0-9_]*";
  return topic
    .replace(new RegExp(`(?<=^|/)\\{${name}\\.\\.\\.\\}$`), "#")
    .replace(new RegExp(`(?<=^|/)\\{${name}\\}(?=/|$)`, "g"), "+");
}

/** @see MQTT 5.0 §4.7.1 */
export function isFilter(filter: string): boolean {
  if (filter === "" || filter.includes("\u0000")) return false;
  return filter
    .split("/")
    .every(
      (level, i, levels) =>
        level === "+" || (level === "#" && i === levels.length - 1) || !/[+#]/.test(level),
    );
}

/** What a profile's topic cannot be. */
export function topicProblems(
  topic: string,
  reserved: readonly string[],
): { readonly message: string; readonly hint?: string }[] {
  const filter = topicFilter(topic);
  const captures = capturesOf(topic);
  const problems: { message: string; hint?: string }[] = [];
  if (!isFilter(filter) || /[{}]/.test(filter)) {
    const message = "topic is not a topic with captures, such as plant/{line}/{device}/up";
    problems.push({ message });
  } else if (!captures.includes("device")) {
    const hint = "Name the level that holds the device {device}.";
    problems.push({ message: "topic has no {device}", hint });
  }
  for (const [i, capture] of captures.entries()) {
    if (captures.indexOf(capture) < i) problems.push({ message: `topic has {${capture}} twice` });
    if (reserved.includes(capture)) {
      const message = `topic has {${capture}}, which is a column of every profile`;
      problems.push({ message });
    }
  }
  return problems;
}
