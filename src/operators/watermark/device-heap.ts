// The least watermark of some devices: a binary heap of their numbers. Watermarks only rise, so that an entry's key is
// never too high: one that comes to the front with an old key is put back with the true one.

export class DeviceHeap {
  readonly #watermarkOf: (device: number) => number;
  readonly #devices: number[] = [];
  readonly #keys: number[] = [];
  /** By device: its index, or -1. */
  readonly #indexes: number[] = [];

  constructor(watermarkOf: (device: number) => number) {
    this.#watermarkOf = watermarkOf;
  }

  has(device: number): boolean {
    return (this.#indexes[device] ?? -1) >= 0;
  }

  /** Adds a device that is not there. */
  add(device: number): void {
    while (this.#indexes.length <= device) this.#indexes.push(-1);
    this.#devices.push(device);
    this.#keys.push(this.#watermarkOf(device));
    this.#up(this.#devices.length - 1);
  }

  /** Takes a device out, if it is there. */
  delete(device: number): void {
    const index = this.#indexes[device] ?? -1;
    if (index < 0) return;
    this.#indexes[device] = -1;
    const last = this.#devices.pop() as number;
    const key = this.#keys.pop() as number;
    if (index === this.#devices.length) return;
    this.#devices[index] = last;
    this.#keys[index] = key;
    this.#up(index);
    this.#down(this.#indexes[last] as number);
  }

  /** The least watermark; undefined if there is no device. */
  least(): number | undefined {
    for (;;) {
      const device = this.#devices[0];
      if (device === undefined) return undefined;
      const watermark = this.#watermarkOf(device);
      if (this.#keys[0] === watermark) return watermark;
      this.#keys[0] = watermark;
      this.#down(0);
    }
  }

  #up(from: number): void {
    let at = from;
    const device = this.#devices[at] as number;
    const key = this.#keys[at] as number;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] as number) <= key) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#place(at, device, key);
  }

  #down(from: number): void {
    const keys = this.#keys;
    let at = from;
    const device = this.#devices[at] as number;
    const key = keys[at] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= keys.length) break;
      if (child + 1 < keys.length && (keys[child + 1] as number) < (keys[child] as number)) child++;
      if (key <= (keys[child] as number)) break;
      this.#move(child, at);
      at = child;
    }
    this.#place(at, device, key);
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#devices[from] as number, this.#keys[from] as number);
  }

  #place(index: number, device: number, key: number): void {
    this.#devices[index] = device;
    this.#keys[index] = key;
    this.#indexes[device] = index;
  }
}
