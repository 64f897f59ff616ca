// How far a fleet's virtual clock may run. Two policies:
//   real time  the clock is the machine's, × speed
//   paced      flow control by acknowledgement: the clock stands at most `skewMs` after the oldest transmission not
//              yet acknowledged, and never beyond the owner's gate. The event times in flight, and so the skew
//              between devices, stay within `skewMs` whatever the broker or the network does, through any outage.

/** A transmission on its way, as `Paced` tracks it. */
export interface InFlight {
  readonly atMs: number;
  acknowledged: boolean;
}

/** Says how far the virtual clock may go now, and when to ask again. */
export interface Pace {
  /** `nextMs` is the virtual time of the fleet's next event. */
  limitMs(nextMs: number): number;
  /** Real milliseconds until the limit may have reached `nextMs` by itself. */
  sleepMs(nextMs: number): number;
  sent(atMs: number): InFlight;
  acknowledged(flight: InFlight): void;
}

const LONGEST_SLEEP_MS = 1000;
/** Acknowledgements wake a paced fleet; this is for a gate that was opened from outside. */
const GATE_CHECK_MS = 20;

/** Virtual time = start + elapsed monotonic time × speed. */
export function realTime(options: {
  readonly startMs: number;
  readonly speed: number;
  readonly monotonicMs: () => number;
}): Pace {
  const originMs = options.monotonicMs();
  const nowMs = (): number => options.startMs + (options.monotonicMs() - originMs) * options.speed;
  return {
    limitMs: nowMs,
    sleepMs: (nextMs) => Math.min(LONGEST_SLEEP_MS, (nextMs - nowMs()) / options.speed),
    sent: (atMs) => ({ atMs, acknowledged: false }),
    acknowledged: () => undefined,
  };
}

/** Flow control by acknowledgement. `gateMs` is asked each time: the owner may hold the fleet back or let it go. */
export function paced(options: { readonly skewMs: number; readonly gateMs: () => number }): Pace {
  const flights: InFlight[] = [];
  let head = 0;
  return {
    // With nothing in flight the next event itself will be the oldest.
    limitMs: (nextMs) =>
      Math.min((flights[head]?.atMs ?? nextMs) + options.skewMs, options.gateMs()),
    sleepMs: () => GATE_CHECK_MS,
    // Transmissions come in virtual time order, so the first one still open is the oldest.
    sent: (atMs) => {
      const flight = { atMs, acknowledged: false };
      flights.push(flight);
      return flight;
    },
    acknowledged: (flight) => {
      flight.acknowledged = true;
      while (flights[head]?.acknowledged === true) head++;
      if (head < 4096) return;
      flights.splice(0, head);
      head = 0;
    },
  };
}
