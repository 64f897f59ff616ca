// Which partition of its topic a Kafka message goes to: as every other producer does it, so that a key stays where it is.

/**
 * Kafka's default partitioner's hash of the bytes [start, end): `murmur2 & 0x7fffffff`.
 * @see org.apache.kafka.common.utils.Utils.murmur2 and toPositive
 */
export function partitionHash(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const m = 0x5bd1e995;
  const length = end - start;
  let h = 0x9747b28c ^ length;
  let at = start;
  for (const stop = start + (length & ~3); at < stop; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = length & 3;
  if (rest === 3) h ^= bytes[at + 2]! << 16;
  if (rest >= 2) h ^= bytes[at + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[at]!, m);
  h = Math.imul(h ^ (h >>> 13), m);
  return (h ^ (h >>> 15)) & 0x7fff_ffff;
}
