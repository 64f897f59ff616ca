// Time zones, around clock changes of every kind that there has been.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { isZone } from "../../../src/core/value/zone-name.ts";
import { zoneRules, type ZoneRules } from "../../../src/core/value/zone.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A change by an hour, half an hour, a whole day (left out, and lived twice), and at midnight. */
const CHANGES: readonly (readonly [zone: string, change: string, minutes: number])[] = [
  ["Europe/Berlin", "2024-03-31T01:00:00Z", 60],
  ["Europe/Berlin", "2024-10-27T01:00:00Z", -60],
  ["America/New_York", "2024-11-03T06:00:00Z", -60],
  ["Australia/Lord_Howe", "2024-04-06T15:00:00Z", -30],
  ["Pacific/Apia", "2011-12-30T10:00:00Z", 24 * 60],
  ["Pacific/Kwajalein", "1969-09-30T13:00:00Z", -23 * 60],
  ["America/Santiago", "2024-09-08T04:00:00Z", 60],
];

function rulesOf(zone: string): ZoneRules {
  return zoneRules(zone) ?? assert.fail(`no zone ${zone}`);
}

describe("a time zone", () => {
  for (const [zone, change, minutes] of CHANGES) {
    const changeMs = Date.parse(change);
    const rules = rulesOf(zone);

    it(`changes its clock when Intl says: ${zone} ${change}`, () => {
      const [before, after] = [rules.offsetAt(changeMs - 1), rules.offsetAt(changeMs)];
      assert.equal(after - before, minutes * MINUTE);
    });

    it(`gives a local time back where it comes once: ${zone} ${change}`, () => {
      fc.assert(
        fc.property(fc.integer({ min: -48 * HOUR, max: 48 * HOUR }), (distance) => {
          const utcMs = changeMs + distance;
          const localMs = rules.local(utcMs);
          const [earlier, later] = [rules.utc(localMs, "earlier"), rules.utc(localMs, "later")];
          assert.ok(earlier === utcMs || later === utcMs);
          assert.ok(earlier <= later);
          assert.equal(rules.local(earlier), localMs);
          assert.equal(rules.local(later), localMs);
        }),
      );
    });

    it(`knows which local times are over: ${zone} ${change}`, () => {
      fc.assert(
        fc.property(fc.integer({ min: -48 * HOUR, max: 48 * HOUR }), (distance) => {
          const utcMs = changeMs + distance;
          const over = rules.over(utcMs);
          assert.ok(rules.passed(over) <= utcMs);
          assert.ok(rules.passed(over + 1) > utcMs);
          const next = over + Math.abs(distance);
          assert.ok(rules.passed(over) <= rules.passed(next));
        }),
      );
    });
  }

  it("moves a local time that does not exist by the length of the gap, and it is over at the gap's end", () => {
    const berlin = rulesOf("Europe/Berlin");
    const missing = Date.parse("2024-03-31T02:30:00Z");
    assert.equal(berlin.utc(missing, "earlier"), Date.parse("2024-03-31T01:30:00Z"));
    assert.equal(berlin.passed(missing), Date.parse("2024-03-31T01:00:00Z"));
  });

  it("has one offset for ever before the first and after the last year, and infinite times stay", () => {
    const berlin = rulesOf("Europe/Berlin");
    assert.equal(berlin.offsetAt(-(2 ** 52)), berlin.offsetAt(Date.UTC(1800, 0)));
    for (const infinite of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(berlin.over(infinite), infinite);
      assert.equal(berlin.passed(infinite), infinite);
    }
    const far = 2 ** 52;
    assert.equal(berlin.over(far), berlin.local(far));
  });

  it("is an offset behind GMT", () => {
    assert.equal(rulesOf("GMT+2").local(0), 2 * HOUR);
    assert.equal(rulesOf("GMT-03:30").utc(0, "later"), 3.5 * HOUR);
    assert.equal(zoneRules("+02:00"), undefined);
  });
});

describe("the zone of a session", () => {
  it("is what java.time and java.util agree on", () => {
    const zones =
      "UTC GMT GMT0 GMT+2 GMT+0230 GMT-03:30 Europe/Berlin Etc/GMT-2 US/Eastern EST5EDT CET";
    for (const zone of zones.split(" ")) assert.ok(isZone(zone), zone);
    const others = "+02:00 Z UTC+2 UT+1 GMT-3:30 GMT+19 EST PST europe/berlin Mars/Base";
    for (const zone of [...others.split(" "), "", " UTC"]) assert.ok(!isZone(zone), zone);
  });
});
