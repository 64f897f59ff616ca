// A text as Jackson writes it in JSON: JSON.stringify escapes more, in lower case.

/** The text in double quotes; quote, backslash and control characters are escaped, these in upper-case hex. */
export function jsonText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return `"${text.replace(/["\\\u0000-\u001f]/g, (c) => SHORT[c] ?? unicode(c))}"`;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function unicode(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
