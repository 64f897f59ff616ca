// Base64 as Jackson reads it into BYTES (MIME alphabet, padded, no line breaks).

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** undefined when the text is no base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? Uint8Array.from(Buffer.from(text, "base64")) : undefined;
}
