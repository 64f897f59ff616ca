// Free ports for the brokers and proxies of tests.

import { createServer } from "node:net";

/**
 * Ports below the ephemeral range: a client that keeps trying a stopped broker on loopback could otherwise get the
 * port for itself, or even connect to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = [];
  while (servers.length < count) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (isFree) servers.push({ server, port });
  }
  await Promise.all(
    servers.map(async ({ server }) => await new Promise((resolve) => server.close(resolve))),
  );
  return servers.map(({ port }) => port);
}
