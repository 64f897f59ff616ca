import assert from "node:assert/strict";
import { request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";

import { HEALTH_WORKER_SILENT_MS } from "../../src/core/limits.ts";
import { startWebServer, type WebServer } from "../../src/web/server.ts";
import { FakeSource } from "./fake-source.ts";

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("the web server", () => {
  let source: FakeSource;
  let server: WebServer;
  let nowMs = 0;
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);

  beforeEach(async () => {
    source = new FakeSource();
    nowMs = 0;
    logged.length = 0;
    server = await startWebServer({
      host: "127.0.0.1",
      port: 0,
      source,
      log: { debug: note, info: note, warn: note, error: note },
      clock: { wallMs: () => 0, monotonicMs: () => nowMs },
    });
  });
  afterEach(() => server.close());

  function call(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Reply> {
    const { hostname, port } = new URL(`http://${server.address}`);
    return new Promise((resolve, reject) => {
      const { method = "GET", headers = {}, body } = options;
      const sent = request({ hostname, port, path, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  it("says 200 on /healthz while the worker answers, else 503", async () => {
    assert.equal((await call("/healthz")).status, 200);
    source.alive = { workerRunning: true, workerSilentMs: HEALTH_WORKER_SILENT_MS - 1 };
    assert.equal((await call("/healthz")).status, 200);
    source.alive = { workerRunning: true, workerSilentMs: HEALTH_WORKER_SILENT_MS };
    assert.equal((await call("/healthz")).status, 503);
    source.alive = { workerRunning: false, workerSilentMs: 0 };
    assert.equal((await call("/healthz")).status, 503);
  });

  it("is ready when recovered and listening, whatever Kafka, brokers and rules do", async () => {
    const reply = await call("/readyz");
    assert.equal(reply.status, 200);
    assert.deepEqual(JSON.parse(reply.body), {
      ready: true,
      ...source.details,
      blocked: null,
      clockProblem: null,
    });
    source.details = { ...source.details, recovered: false };
    assert.equal((await call("/readyz")).status, 503);
    source.details = {
      ...source.details,
      recovered: true,
      listeners: [{ name: "direct", listening: false }],
    };
    assert.equal((await call("/readyz")).status, 503);
  });

  it("serves metrics with the content type of the text format", async () => {
    const reply = await call("/metrics");
    assert.equal(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(reply.body, source.metrics());
  });

  it("gives the status as JSON, with rates once a second look is there", async () => {
    const first = JSON.parse((await call("/api/status")).body) as Record<string, unknown>;
    assert.deepEqual(first["ratesPerSecond"], {});
    nowMs += 2000;
    const { path } = source.current;
    source.current = { ...source.current, path: { ...path, received: path.received + 500 } };
    const second = JSON.parse((await call("/api/status")).body) as {
      path: unknown;
      ratesPerSecond: Record<string, number>;
    };
    assert.equal(second.ratesPerSecond["received"], 250);
    assert.equal(second.ratesPerSecond["decoded"], 0);
    assert.deepEqual(second.path, source.current.path);
  });

  it("sends the page and its files with a policy that allows nothing inline", async () => {
    for (const [path, type] of [
      ["/", "text/html"],
      ["/style.css", "text/css"],
      ["/app.js", "text/javascript"],
      ["/icon.svg", "image/svg+xml"],
    ] as const) {
      const reply = await call(path);
      assert.equal(reply.status, 200);
      assert.equal(reply.headers["content-type"], `${type}; charset=utf-8`);
      const policy = String(reply.headers["content-security-policy"]);
      assert.match(policy, /^default-src 'none'; /);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(reply.headers["x-content-type-options"], "nosniff");
      assert.equal(reply.headers["x-frame-options"], "DENY");
    }
  });

  it("refuses a Host that is not loopback (DNS rebinding) and a foreign Origin", async () => {
    const own = server.address;
    const port = own.split(":")[1] ?? "";
    for (const host of [own, `localhost:${port}`, `LOCALHOST:${port}`, "[::1]:80", "127.0.0.1"]) {
      assert.equal((await call("/", { headers: { host } })).status, 200, host);
    }
    for (const host of ["evil.example", `127.0.0.1.evil.example:${port}`, "user@127.0.0.1", "0"]) {
      assert.equal((await call("/", { headers: { host } })).status, 403, host);
    }
    assert.equal(
      (await call("/", { headers: { host: own, origin: `http://${own}` } })).status,
      200,
    );
    for (const origin of ["http://evil.example", "null", "http://127.0.0.1:1", `https://${own}`]) {
      assert.equal((await call("/api/status", { headers: { host: own, origin } })).status, 403);
    }
  });

  it("answers only GET and HEAD, and 404 for what it does not know", async () => {
    const reply = await call("/", { method: "POST", body: "x" });
    assert.equal(reply.status, 405);
    assert.equal(reply.headers.allow, "GET, HEAD");
    assert.equal(reply.headers.connection, "close");
    const head = await call("/", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body, "");
    assert.equal((await call("/../package.json")).status, 404);
    assert.equal((await call("/?a=b")).status, 200);
  });

  it("answers 500 and logs when the source throws, and goes on", async () => {
    source.metrics = () => {
      throw new Error("boom");
    };
    const reply = await call("/metrics");
    assert.equal(reply.status, 500);
    assert.doesNotMatch(reply.body, /boom/);
    assert.deepEqual(logged, ["http request failed"]);
    assert.equal((await call("/healthz")).status, 200);
  });

  it("closes with connections still open", async () => {
    const { hostname, port } = new URL(`http://${server.address}`);
    const socket = connect(Number(port), hostname);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.on("error", () => undefined);
    await call("/healthz");
    await server.close();
    await closed;
    server = await startWebServer({
      host: "127.0.0.1",
      port: Number(port),
      source,
      log: { debug: note, info: note, warn: note, error: note },
    });
  });

  it("names a taken port, and refuses an address beyond loopback", async () => {
    const port = Number(new URL(`http://${server.address}`).port);
    const log = { debug: note, info: note, warn: note, error: note };
    await assert.rejects(startWebServer({ host: "127.0.0.1", port, source, log }), {
      code: "LISTEN_FAILED",
      context: { code: "EADDRINUSE" },
    });
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "gateway.example"]) {
      await assert.rejects(startWebServer({ host, port: 0, source, log }), {
        code: "CONFIG_INVALID",
        blame: "config",
      });
    }
  });
});
