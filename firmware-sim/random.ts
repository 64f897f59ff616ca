// Counter-based randomness: every number is a hash of (seed, device, stream, n), so a device's numbers do not
// depend on the order in which devices run, nor on how many numbers another stream has drawn.
// MurmurHash3's 32-bit mix (public domain) over the four words. Integer arithmetic only: same bits everywhere.

/** One stream per use, so that adding a use never shifts the numbers of another. */
export const STREAM = {
  phase: 1,
  jitter: 2,
  late: 3,
  lateBy: 4,
  disorder: 5,
  disorderBy: 6,
  resend: 7,
  resendAfter: 8,
  resendDup: 9,
  interleave: 10,
  /** Signal i draws its noise from stream `signal + i`. */
  signal: 100,
  /** Fault i draws its noise from stream `fault + i`. */
  fault: 200,
} as const;

/** A uniform 32-bit unsigned integer. All four arguments are taken modulo 2^32. */
export function hash32(seed: number, device: number, stream: number, n: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  hash = mix(hash, device);
  hash = mix(hash, stream);
  hash = mix(hash, n);
  hash ^= 16;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The random numbers of one device; `n` counts per stream. */
export interface DeviceRandom {
  /** Uniform over [0, 2^32). */
  bits(stream: number, n: number): number;
}

/** The randomness of device number `device` under `seed`. */
export function deviceRandom(seed: number, device: number): DeviceRandom {
  return { bits: (stream, n) => hash32(seed, device, stream, n) };
}

/** An integer in [0, bound) out of 32 random bits; bound at most 2^21. 0 when bound is 0. */
export function below(bits: number, bound: number): number {
  return Math.floor((bits * bound) / 0x1_0000_0000);
}

/** True with probability `share` (0 to 1). */
export function chance(bits: number, share: number): boolean {
  return bits < share * 0x1_0000_0000;
}

/** Near-normal noise: integers in [-510, 510], mean 0, standard deviation `BELL_SIGMA` (sum of four bytes). */
export function bell(bits: number): number {
  return (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
}

/** Standard deviation of `bell`: sqrt(4 × (256² − 1) / 12), rounded. */
export const BELL_SIGMA = 147.8;

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = hash ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
