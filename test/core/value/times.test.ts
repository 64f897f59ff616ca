import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  MILLIS_PER_DAY,
  addMonths,
  civilFromDays,
  dayOfWeek,
  daysFromCivil,
  eraYear,
  isoWeek,
  mixedDateFromDays,
  mixedDaysFromDate,
  monthsBetween,
} from "../../../src/core/value/calendar.ts";
import {
  castDateText,
  dateText,
  dayIntervalText,
  localDateTimeText,
  monthIntervalText,
  parseDate,
  parseTime,
  parseTimestamp,
  timeText,
  timestampText,
} from "../../../src/core/value/time-text.ts";
import { nanosOfMilli, timestampMillis, withPrecision } from "../../../src/core/value/timestamp.ts";

const DAY = fc.integer({ min: -700_000, max: 2_900_000 });

describe("the calendar", () => {
  it("agrees with JavaScript's dates", () => {
    fc.assert(
      fc.property(DAY, (days) => {
        const date = new Date(days * MILLIS_PER_DAY);
        const { year, month, day } = civilFromDays(days);
        assert.deepEqual(
          [year, month, day],
          [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
        );
        assert.equal(daysFromCivil(year, month, day), days);
        assert.equal(dayOfWeek(days), date.getUTCDay() + 1);
      }),
    );
  });

  it("is the Julian one before 1582-10-15 where it is mixed", () => {
    const date = (days: number): number[] => Object.values(mixedDateFromDays(days));
    const first = daysFromCivil(1582, 10, 15);
    assert.deepEqual(
      [date(first), date(first - 1)],
      [
        [1582, 10, 15],
        [1582, 10, 4],
      ],
    );
    assert.equal(mixedDaysFromDate(1582, 10, 5), first);
    assert.equal(mixedDaysFromDate(1, 1, 1), daysFromCivil(0, 12, 30));
    assert.deepEqual([1, 0, -1].map(eraYear), [1, 1, 2]);
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000, max: 100_000 }), (days) => {
        const { year, month, day } = mixedDateFromDays(days);
        assert.equal(mixedDaysFromDate(year, month, day), days);
      }),
    );
  });

  it("numbers weeks as ISO 8601 does", () => {
    for (const [date, week] of [
      ["2024-12-30", 1],
      ["2021-01-03", 53],
      ["2020-12-31", 53],
      ["2023-01-01", 52],
    ] as const) {
      assert.equal(isoWeek(parseDate(date) ?? 0).week, week, date);
    }
  });

  it("adds months up to the month's end and counts whole months", () => {
    const day = (text: string): number => parseDate(text) ?? Number.NaN;
    assert.equal(dateText(addMonths(day("2024-01-31"), 1)), "2024-02-29");
    assert.equal(dateText(addMonths(day("2024-03-31"), -13)), "2023-02-28");
    assert.equal(
      monthsBetween(day("2024-01-31") * MILLIS_PER_DAY, day("2024-02-29") * MILLIS_PER_DAY),
      1,
    );
    assert.equal(
      monthsBetween(day("2024-03-15") * MILLIS_PER_DAY, day("2024-01-16") * MILLIS_PER_DAY),
      -1,
    );
  });
});

describe("points in time as text", () => {
  it("carry the digits of their precision", () => {
    assert.equal(timestampText(1_704_067_200_000, " ", 3), "2024-01-01 00:00:00.000");
    assert.equal(timestampText(1_704_067_200_120, " ", 0), "2024-01-01 00:00:00.12");
    assert.equal(timestampText(-1, "T", 3), "1969-12-31T23:59:59.999");
    assert.equal(timestampText(1_704_067_200_000_001_000n, "T", 3), "2024-01-01T00:00:00.000001");
    assert.equal(timeText(30_600_120, 3), "08:30:00.12");
    assert.equal(timeText(30_600_000, 3), "08:30:00.0");
    assert.equal(monthIntervalText(-14), "-1-02");
    assert.equal(dayIntervalText(93_784_005), "+1 02:03:04.005");
  });

  it("are read as Flink's casts do", () => {
    const at = Date.UTC(2024, 0, 2, 3, 4, 5);
    assert.equal(parseTimestamp("2024-1-2 3:4:5", 3), at);
    assert.equal(parseTimestamp("2024-01-02 03:04:05.123456", 3), at + 123);
    assert.equal(
      parseTimestamp("2024-01-02 03:04:05.123456", 6),
      BigInt(at) * 1_000_000n + 123_456_000n,
    );
    assert.equal(parseTimestamp("2024-02-30", 3), Date.UTC(2024, 1, 29));
    assert.equal(parseTimestamp("2024-01-02 24:00:00", 3), Date.UTC(2024, 0, 3));
    for (const text of [
      "2024-01-02T03:04:05",
      "2024-13-01",
      "2024-01-02 03:04",
      " 2024-01-02",
      "0000-01-01",
    ]) {
      assert.equal(parseTimestamp(text, 3), undefined, text);
    }
    assert.equal(parseDate("2024-5 noon"), parseDate("2024-05-01"));
    assert.equal(parseDate("2023-02-29"), undefined);
    assert.equal(parseTime("12:34:56.7896", 3), 45_296_790);
    assert.equal(parseTime("12:34:56.7896", 0), 45_296_000);
    assert.equal(parseTime("24:00:00", 0), undefined);
  });

  it("keep their instant between precisions, digits cut downwards", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e15, max: 1e15 }),
        fc.integer({ min: 0, max: 999_999 }),
        (epochMs, nanos) => {
          const value = BigInt(epochMs) * 1_000_000n + BigInt(nanos);
          assert.equal(timestampMillis(value), epochMs);
          assert.equal(nanosOfMilli(value), nanos);
          assert.equal(withPrecision(value, 3), epochMs);
          assert.equal(withPrecision(value, 9), value);
          assert.equal(withPrecision(value, 0), Math.floor(epochMs / 1000) * 1000);
        },
      ),
    );
  });
});

describe("far years", () => {
  const dates = [12024, -221, 0].map((year) => daysFromCivil(year, 2, 3));

  it("have a sign in rows, and their last four digits in a CAST", () => {
    assert.deepEqual(dates.map(dateText), ["+12024-02-03", "-0221-02-03", "0000-02-03"]);
    assert.deepEqual(dates.map(castDateText), ["2024-02-03", "0../-02-03", "0000-02-03"]);
  });

  it("are written by LocalDateTime with what is not zero", () => {
    const day = MILLIS_PER_DAY * 19_782;
    const texts = [day, day + 1000, day + 100, BigInt(day) * 1_000_000n + 1n].map(
      localDateTimeText,
    );
    assert.deepEqual(texts, [
      "2024-02-29T00:00",
      "2024-02-29T00:00:01",
      "2024-02-29T00:00:00.100",
      "2024-02-29T00:00:00.000000001",
    ]);
  });
});
