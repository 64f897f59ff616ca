// Names as Home Assistant has them: ids and what people read.

/** Letters, digits, - and _ are all that an id may have; different names give different ids. */
export function idOf(name: string): string {
  return name.replaceAll(
    /[^A-Za-z0-9-]/gu,
    (character) => `_${character.codePointAt(0)?.toString(16) ?? ""}_`,
  );
}

/** `bearing_temp` as `Bearing temp`. */
export function title(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
