// The byte order mark that some devices put before UTF-8 text.

/** Where the text of bytes [start, end) begins. */
export function afterByteOrderMark(bytes: Buffer, start: number, end: number): number {
  const isThere =
    end - start >= 3 &&
    bytes[start] === 0xef &&
    bytes[start + 1] === 0xbb &&
    bytes[start + 2] === 0xbf;
  return isThere ? start + 3 : start;
}
