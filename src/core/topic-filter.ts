// MQTT topic filters, and filters with captures as profiles write them.
// @see MQTT 5.0 §4.7: `+` is one level, `#` the rest (its parent included); a filter that begins with a wildcard
// does not match topics that begin with `$`.

/** Whether `topic` matches `filter`, a valid MQTT topic filter. */
export function topicMatches(filter: string, topic: string): boolean {
  const levels = filter.split("/");
  const names = topic.split("/");
  if (topic.startsWith("$") && (levels[0] === "+" || levels[0] === "#")) return false;
  for (const [i, level] of levels.entries()) {
    if (level === "#") return true;
    if (i >= names.length || (level !== "+" && level !== names[i])) return false;
  }
  return levels.length === names.length;
}

/**
 * The captures of `pattern` in `topic`, in order; undefined when it does not match. `{name}` takes one whole level,
 * `{name...}` at the end takes one or more; everything else, `+` and `#` included, is as in a filter.
 */
export function topicCaptures(pattern: string, topic: string): string[] | undefined {
  const levels = pattern.split("/");
  const names = topic.split("/");
  const captures: string[] = [];
  if (topic.startsWith("$") && /^[+#{]/.test(pattern)) return undefined;
  for (const [i, level] of levels.entries()) {
    if (level === "#") return captures;
    const name = names[i];
    if (name === undefined) return undefined;
    if (level.endsWith("...}")) return [...captures, names.slice(i).join("/")];
    if (level.startsWith("{")) captures.push(name);
    else if (level !== "+" && level !== name) return undefined;
  }
  return levels.length === names.length ? captures : undefined;
}
