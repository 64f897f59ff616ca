import assert from "node:assert/strict";
import { test } from "node:test";
import { REAUTHENTICATE_MS, TOKEN_ANSWER_BYTES } from "../../src/core/limits.ts";
import { TokenSource } from "../../src/uplink/token-source.ts";
import { TokenServer } from "./token-endpoint.ts";

test("tokens are used for most of their life, and renewed by credentials read anew", async (t) => {
  const server = await TokenServer.start();
  t.after(async () => await server.close());
  let nowMs = 0;
  let clientSecret = "first";
  const source = new TokenSource(
    () => ({ url: server.url, clientId: "gw 1", clientSecret, scope: "kafka", ca: undefined }),
    { wallMs: () => nowMs, monotonicMs: () => nowMs },
  );
  let issued = 0;
  const issue = (): { status: number; body: string } => {
    return { status: 200, body: JSON.stringify({ access_token: `t${++issued}`, expires_in: 100 }) };
  };
  server.answer = issue;
  assert.deepEqual(await Promise.all([source.token(), source.token()]), ["t1", "t1"]);
  const { authorization, form } = server.requests[0]!;
  assert.equal(authorization, `Basic ${Buffer.from("gw%201:first").toString("base64")}`);
  assert.deepEqual(
    [...form],
    [
      ["grant_type", "client_credentials"],
      ["scope", "kafka"],
    ],
  );
  nowMs = 79_000;
  assert.equal(await source.token(), "t1");
  clientSecret = "second";
  nowMs = 81_000;
  assert.equal(await source.token(), "t2");
  const last = Buffer.from(server.requests.at(-1)!.authorization!.slice(6), "base64").toString();
  assert.equal(last, "gw%201:second");

  nowMs += 90_000;
  server.answer = () => ({ status: 503, body: "" });
  assert.equal(await source.token(), "t2", "it lives on while the endpoint is away");
  nowMs += 11_000;
  await assert.rejects(source.token(), { code: "KAFKA_UNAVAILABLE", message: /answers 503/ });
  server.answer = () => ({ status: 401, body: '{"error":"invalid_client"}' });
  await assert.rejects(source.token(), {
    code: "KAFKA_REFUSED",
    message: /401 \(invalid_client\)/,
  });
  for (const body of ["{]", "{}", "null", '{"access_token":""}']) {
    server.answer = () => ({ status: 200, body });
    await assert.rejects(source.token(), { code: "KAFKA_REFUSED" });
  }
  server.answer = () => ({ status: 200, body: "x".repeat(TOKEN_ANSWER_BYTES + 10) });
  await assert.rejects(source.token(), { code: "KAFKA_UNAVAILABLE" });
  server.answer = issue;
  assert.equal(await source.token(), "t3");
});

test("a token with too little left for a session is renewed though it is valid", async (t) => {
  const server = await TokenServer.start();
  t.after(async () => await server.close());
  let nowMs = 0;
  const source = new TokenSource(
    () => ({ url: server.url, clientId: "gw", clientSecret: "s", scope: undefined, ca: undefined }),
    { wallMs: () => nowMs, monotonicMs: () => nowMs },
  );
  let issued = 0;
  server.answer = () => {
    return { status: 200, body: JSON.stringify({ access_token: `t${++issued}`, expires_in: 20 }) };
  };
  assert.equal(await source.token(), "t1");
  nowMs = 20_000 - 2 * REAUTHENTICATE_MS - 1;
  assert.equal(await source.token(), "t1");
  nowMs++;
  assert.equal(await source.token(), "t2");
});
