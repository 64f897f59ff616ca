import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { folderWith } from "../../../gateway/process.ts";
import { startMosquitto } from "../../../kit/mosquitto.ts";
import { TestClient } from "../../../kit/mqtt-client.ts";
import { requireService } from "../../../kit/services.ts";
import { DEVICES, HOMIE_4, HOMIE_5, run } from "./kit.ts";

describe("the import from a broker", () => {
  it("reads what it retains, and writes a file per profile once", async (context) => {
    if (!requireService(context, "mosquitto")) return;
    const broker = await startMosquitto();
    context.after(() => broker.stop());
    const client = await TestClient.connect({ port: broker.port });
    const retained = {
      "zigbee2mqtt/bridge/devices": JSON.stringify(DEVICES),
      "zigbee2mqtt/bridge/info": JSON.stringify({ config: { advanced: { last_seen: "disable" } } }),
      ...HOMIE_4,
      ...HOMIE_5,
    };
    for (const [topic, payload] of Object.entries(retained)) {
      await client.publish(topic, payload, { retain: true });
    }
    const folder = folderWith(context, {});
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const zigbee = await run(context, folder, [
      "import",
      "zigbee2mqtt",
      "--broker",
      url,
      "--out",
      "mine",
    ]);
    assert.equal(zigbee.code, 0, zigbee.err.join("\n"));
    assert.deepEqual(zigbee.out, ["mine/wsdcgq11lm.yaml", "mine/led1624g9.yaml"]);
    assert.match(zigbee.err.join("\n"), /sends no last_seen/);
    const homie = await run(context, folder, ["import", "homie", "--broker", url, "--out", "mine"]);
    assert.equal(homie.code, 0, homie.err.join("\n"));
    assert.equal(homie.out.length, 6);
    const lint = await run(context, folder, ["lint", ...zigbee.out, ...homie.out]);
    assert.equal(lint.code, 0, lint.err.join("\n"));
    const before = readFileSync(join(folder, "mine/led1624g9.yaml"), "utf8");
    const again = await run(context, folder, [
      "import",
      "zigbee2mqtt",
      "--broker",
      url,
      "--out",
      "mine",
    ]);
    assert.notEqual(again.code, 0);
    assert.match(again.err.join("\n"), /mine\/wsdcgq11lm\.yaml is there already/);
    assert.equal(readFileSync(join(folder, "mine/led1624g9.yaml"), "utf8"), before);
    await broker.end("SIGTERM");
    const away = await run(context, folder, ["import", "homie", "--broker", url]);
    assert.notEqual(away.code, 0);
    assert.match(away.err.join("\n"), /cannot read from the broker/);
  });
});
