// A listener on a free port for one test, closed after it.

import type { TestContext } from "node:test";

import type { BatcherOptions } from "../../src/ingest/batcher-options.ts";
import type { Listener, ListenerEntry } from "../../src/ingest/listener.ts";
import { TestClient, type TestClientOptions } from "../kit/mqtt-client.ts";
import { IngestRig } from "./support.ts";

export interface RunningListener {
  readonly rig: IngestRig;
  readonly listener: Listener;
  readonly port: number;
  /** A client that has been answered. */
  connect(options?: Partial<TestClientOptions>): Promise<TestClient>;
}

/** Listens with `entry`, around it everything by hand. */
export async function runListener(
  t: TestContext,
  entry: Partial<ListenerEntry> = {},
  options: Partial<BatcherOptions> & { readonly budgetBytes?: number } = {},
): Promise<RunningListener> {
  const rig = new IngestRig(options);
  const listener = rig.listener(entry);
  const { port } = await listener.listen();
  t.after(async () => {
    const closed = listener.close();
    rig.time.advance(1000);
    await closed;
  });
  return {
    rig,
    listener,
    port,
    connect: (of = {}) => TestClient.connect({ port, ...of }),
  };
}
