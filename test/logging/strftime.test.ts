import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { localTime, strftime, utcTime } from "../../src/logging/strftime.ts";

/** Tuesday, 14 November 2023, 22:13:20 UTC. */
const MOMENT = 1_700_000_000;

describe("strftime", () => {
  /** A format and what glibc writes for MOMENT in UTC. */
  const CASES: readonly (readonly [string, string])[] = [
    ["%Y-%m-%dT%H:%M:%SZ", "2023-11-14T22:13:20Z"],
    ["%y %b %B %a %A %d %e %j", "23 Nov November Tue Tuesday 14 14 318"],
    ["%I:%M:%S %p %P", "10:13:20 PM pm"],
    ["%s", "1700000000"],
    ["%%", "%"],
    ["%F %T %R", "2023-11-14 22:13:20 22:13"],
    ["%D %x %X", "11/14/23 11/14/23 22:13:20"],
    ["%c", "Tue Nov 14 22:13:20 2023"],
    ["%r", "10:13:20 PM"],
    ["%U %W %w %u %V %G %g %C", "46 46 2 2 46 2023 23 20"],
    ["%h%n%t|", "Nov\n\t|"],
    ["%k %l", "22 10"],
    ["%Z %z", "UTC +0000"],
    ["%f %L", "%f %L"],
    ["literal", "literal"],
    ["", ""],
    ["end %", "end %"],
    ["%-d %-m %-H", "14 11 22"],
    ["%_j|%05j|%10j", "318|00318|0000000318"],
    ["%^a %^B %#b %#p %#Z", "TUE NOVEMBER NOV pm utc"],
    ["%10a|%-10a|%010a", "       Tue|       Tue|0000000Tue"],
    ["%Ey %Od %Ea", "23 14 %Ea"],
    ["%_z %05z", "+   0 0000+00000"],
    ["%☕", "%☕"],
  ];
  for (const [format, expected] of CASES) {
    test(`writes ${JSON.stringify(format)} as ${JSON.stringify(expected)}`, () => {
      assert.equal(strftime(format, utcTime(MOMENT)), expected);
    });
  }

  /** Days at which a year's weeks turn, and what `%G-W%V-%u %U %W %j` is for them. */
  const WEEKS: readonly (readonly [string, string])[] = [
    ["2021-01-03", "2020-W53-7 01 00 003"],
    ["2021-01-04", "2021-W01-1 01 01 004"],
    ["2023-01-01", "2022-W52-7 01 00 001"],
    ["2024-12-30", "2025-W01-1 52 53 365"],
    ["2024-12-31", "2025-W01-2 52 53 366"],
    ["2026-12-31", "2026-W53-4 52 52 365"],
  ];
  for (const [day, expected] of WEEKS) {
    test(`counts the weeks of ${day}`, () => {
      const seconds = Date.parse(day) / 1000;
      assert.equal(strftime("%G-W%V-%u %U %W %j", utcTime(seconds)), expected);
    });
  }
});

describe("localTime", () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env.TZ;
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const ZONES: readonly (readonly [string, number, string])[] = [
    ["UTC", MOMENT, "22:13:20 +0000 UTC"],
    ["Europe/Paris", MOMENT, "23:13:20 +0100 CET"],
    ["Europe/Paris", 1_711_846_800, "03:00:00 +0200 CEST"],
    ["America/New_York", MOMENT, "17:13:20 -0500 EST"],
    ["Asia/Kolkata", MOMENT, "03:43:20 +0530 IST"],
    ["Asia/Tokyo", MOMENT, "07:13:20 +0900 JST"],
    ["Asia/Seoul", MOMENT, "07:13:20 +0900 KST"],
    ["America/Sao_Paulo", MOMENT, "19:13:20 -0300 -03"],
    ["Asia/Kathmandu", MOMENT, "03:58:20 +0545 +0545"],
  ];
  for (const [name, seconds, expected] of ZONES) {
    test(`shows ${expected} in ${name}`, () => {
      process.env.TZ = name;
      assert.equal(strftime("%H:%M:%S %z %Z", localTime(seconds)), expected);
    });
  }
});
