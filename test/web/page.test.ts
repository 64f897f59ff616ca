import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { RATE_WINDOW_MS } from "../../src/core/limits.ts";
import { formatDuration } from "../../src/core/duration.ts";
import { formatBytes, formatRate, formatValue } from "../../src/web/format.ts";
import { html } from "../../src/web/html.ts";
import { renderPage } from "../../src/web/page.ts";
import { RateWindow } from "../../src/web/rates.ts";
import { sampleStatus } from "./fake-source.ts";

describe("the status page", () => {
  it("shows every stage, source, rule, alarm and row of a busy gateway", () => {
    const page = renderPage(sampleStatus(), new Map([["received", 1234.4]]), true);
    for (const text of [
      "plant-7",
      "1,234/s",
      "1,204,512 MQTT messages",
      "12 dead letters",
      "pump_temperature_5s",
      "vibration_norm",
      "site-broker",
      "connection refused",
      "Bearing temperature above 90 °C",
      "61.235",
      "running, 1 suspended",
      "kafka-1:9092",
      "46 MiB",
    ]) {
      assert.ok(page.includes(text), text);
    }
  });

  it("escapes whatever came from a device, a rule or an error", () => {
    const page = renderPage(sampleStatus(), new Map(), true);
    assert.doesNotMatch(page, /<img src=x>|<script>/);
    assert.ok(page.includes("pump-3&#60;img src=x&#62;"));
  });

  it("needs nothing inline and nothing from elsewhere", () => {
    const page = renderPage(sampleStatus(), new Map(), true);
    assert.doesNotMatch(page, /\sstyle=|\son[a-z]+=|<style|javascript:|https?:\/\//);
    for (const [, target] of page.matchAll(/(?:src|href)="([^"]*)"/g)) {
      assert.match(target ?? "", /^\/[a-z./]*$/);
    }
  });

  it("names sections by headings and gives every table header a scope", () => {
    const page = renderPage(sampleStatus(), new Map(), true);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]*)"/g)) {
      assert.ok(page.includes(`<h2 id="${id}">`), id);
    }
    assert.doesNotMatch(page, /<th(?![^>]* scope=)[ >]/);
  });

  it("says what is missing on a gateway that has just started without Kafka", () => {
    const status = {
      ...sampleStatus(),
      sources: [],
      rules: [],
      lanes: [],
      uplink: undefined,
      recentAlarms: [],
      recentRows: [],
    };
    const page = renderPage(status, new Map(), false);
    for (const text of ["not ready", "No alarm event yet.", "No row yet.", "no kafka section"]) {
      assert.ok(page.includes(text), text);
    }
    const blocked = renderPage({ ...status, blocked: "journal quota" }, new Map(), true);
    assert.ok(blocked.includes("blocked: journal quota"));
  });

  it("says what holds the uplink up, and what readers get", () => {
    const { uplink, ...status } = sampleStatus();
    assert.ok(uplink !== undefined);
    const page = (change: Partial<typeof uplink>): string =>
      renderPage({ ...status, rules: [], uplink: { ...uplink, ...change } }, new Map(), true);
    assert.match(page({ state: "fenced", delivery: undefined }), /stopped by another copy/);
    assert.match(page({ delivery: "at-least-once" }), /running, at least once/);
    const restored = page({
      state: "rolled_back",
      rollback: {
        sinceMs: Date.UTC(2026, 0, 2),
        lost: [{ lane: "result", fromSequence: 1001, toSequence: 2000 }],
        withheld: 12_345,
      },
    });
    for (const text of ["restored disk image", "2026-01-02", "result 1,001 to 2,000", "12,345"]) {
      assert.ok(restored.includes(text), text);
    }
  });

  it("says when the outbox will be empty, where that is known", () => {
    const status = sampleStatus();
    const page = (drainSeconds: number | undefined): string => {
      const { uplink } = status;
      assert.ok(uplink);
      return renderPage({ ...status, uplink: { ...uplink, drainSeconds } }, new Map(), true);
    };
    assert.ok(page(185).includes("empty in 3 min 5 s"));
    assert.doesNotMatch(page(undefined), /empty in/);
  });

  it("shows a line that is no JSON as it is", () => {
    const page = renderPage(
      { ...sampleStatus(), recentAlarms: ["broken & short"], recentRows: ["{]"] },
      new Map(),
      true,
    );
    assert.ok(page.includes("broken &#38; short"));
    assert.ok(page.includes("<p>{]</p>"));
  });
});

describe("html", () => {
  it("escapes text and joins markup", () => {
    const items = ["<", '"'].map((text) => html`<b>${text}</b>`);
    assert.equal(html`<p>${items}${undefined}</p>`.text, "<p><b>&#60;</b><b>&#34;</b></p>");
  });
});

describe("rates", () => {
  it("are taken over the window and forget what is older", () => {
    const rates = new RateWindow();
    assert.equal(rates.observe(0, { n: 0 }).size, 0);
    assert.equal(rates.observe(100, { n: 50 }).size, 0);
    assert.equal(rates.observe(1000, { n: 100 }).get("n"), 100);
    assert.equal(rates.observe(RATE_WINDOW_MS, { n: 1000 }).get("n"), 100);
    assert.equal(rates.observe(RATE_WINDOW_MS + 1000, { n: 1100 }).get("n"), 100);
    assert.equal(rates.observe(5 * RATE_WINDOW_MS, { n: 9000 }).size, 0);
  });

  it("of a total that fell are zero", () => {
    const rates = new RateWindow();
    rates.observe(0, { n: 100 });
    assert.equal(rates.observe(1000, { n: 10, fresh: 5 }).get("n"), 0);
    assert.equal(rates.observe(2000, { n: 10, fresh: 5 }).get("fresh"), 0);
  });
});

describe("figures", () => {
  it("read as people write them", () => {
    assert.equal(formatBytes(0), "0 B");
    assert.equal(formatBytes(1536), "1.5 KiB");
    assert.equal(formatDuration(12), "12 ms");
    assert.equal(formatDuration(-5), "0 ms");
    assert.equal(formatDuration(4200), "4.2 s");
    assert.equal(formatDuration(60_000), "1 min");
    assert.equal(formatDuration(125_000), "2 min 5 s");
    assert.equal(formatDuration(273_600_000), "3 d 4 h");
    assert.equal(formatDuration(86_400_000 + 65_000), "1 d");
    assert.equal(formatRate(undefined), "–");
    assert.equal(formatRate(0.26), "0.3/s");
    assert.equal(formatValue(null), "NULL");
    assert.equal(formatValue([1]), "[1]");
  });
});
