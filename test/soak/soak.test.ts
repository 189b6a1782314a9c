/** The soak: a short one passes, its parts see what is wrong, and its picture shows the figures. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isSame, makePayload } from "../../soak/payload.ts";
import { toSvg } from "../../soak/plot.ts";
import { Random } from "../../soak/random.ts";
import type { Sample } from "../../soak/sample.ts";
import { Tally } from "../../soak/tally.ts";
import { judge } from "../../soak/verdict.ts";
import type { Holdings } from "../../soak/watch.ts";
import { temporaryFile } from "../support/temporary.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function runSoak(...words: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["--conditions=clearsocket-source", "--import=tsx", "soak/main.ts", ...words],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code, stdout, stderr };
}

describe("npm run soak", () => {
  test("passes for two seconds, says so last, and draws its course", async () => {
    const svg = temporaryFile("soak.svg");
    const words = ["--minutes", "0.03", "--clients", "1", "--seed", "5", "--svg", svg];
    const { code, stdout, stderr } = await runSoak(...words);
    assert.equal(stdout.trimEnd().split("\n").at(-1), "passed", stdout + stderr);
    assert.equal(code, 0);
    assert.match(stdout, /^seed 5$/m);
    assert.match(stdout, /^0 lost, 0 corrupted, 0 unhandled errors$/m);
    assert.match(
      await readFile(svg, "utf8"),
      /^<svg [\s\S]*passed: \d+ connections[\s\S]*<\/svg>\n$/,
    );
  });

  for (const [words, sentence] of [
    [["--minutes", "soon"], '--minutes is "soon": a number from 0 is expected'],
    [["--clients", "0"], '--clients is "0": a number from 1 is expected'],
    [["--hours", "1"], "Unknown option '--hours'"],
  ] as const) {
    test(`tells its usage when given ${words.join(" ")}`, async () => {
      const { code, stderr } = await runSoak(...words);
      assert.equal(code, 2);
      assert.ok(stderr.startsWith(sentence), stderr);
      assert.match(stderr, /npm run soak -- \[options\]/);
    });
  }
});

describe("the payloads of a soak", () => {
  const random = new Random(1);
  const payloads = Array.from({ length: 300 }, () => makePayload(random));

  test("are text and binary, whole and in fragments, empty and large", () => {
    const has = (look: (payload: (typeof payloads)[number]) => boolean): boolean =>
      payloads.some(look);
    assert.ok(has(({ whole }) => typeof whole === "string"));
    assert.ok(has(({ whole }) => typeof whole !== "string"));
    assert.ok(has(({ pieces }) => pieces.length === 1));
    assert.ok(has(({ pieces }) => pieces.length > 4));
    assert.ok(has(({ whole }) => whole.length === 0));
    assert.ok(has(({ whole }) => whole.length > 60_000));
  });

  test("are the sum of their fragments, which are all well-formed", () => {
    for (const { whole, pieces } of payloads) {
      const sum = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
      assert.equal(Buffer.compare(sum, Buffer.from(whole as string)), 0);
    }
  });

  test("are the same for the same seed", () => {
    const again = new Random(1);
    for (const { whole } of payloads.slice(0, 50)) {
      assert.ok(isSame(makePayload(again).whole, whole));
    }
  });

  test("differ from what is changed, cut or of another type", () => {
    for (const [one, other] of [
      ["soak", "soaK"],
      ["soak", "soa"],
      ["soak", Buffer.from("soak")],
      [Buffer.from("soak"), Buffer.from("soaks")],
    ] as const) {
      assert.equal(isSame(one, other), false);
    }
  });
});

describe("the verdict of a soak", () => {
  const base: Holdings = { rss: 100, used: 20, descriptors: 20, timers: 0 };
  const sample = (index: number, rss: number): Sample => {
    return { ...base, rss, seconds: index, median: 1, p99: 2 };
  };
  const level = Array.from({ length: 60 }, (_, index) => sample(index, 100));
  const good = (): Tally => Object.assign(new Tally(), { messages: 1, attacks: 1 });

  test("is that nothing is wrong, when nothing is", () => {
    assert.deepEqual(judge(good(), base, base, level), []);
  });

  for (const [what, change, end, samples, wrong] of [
    ["a message that is lost", { lost: 1 }, {}, level, "1 lost"],
    ["one that has changed", { corrupted: 2 }, {}, level, "2 corrupted"],
    ["an error that nobody handled", { unhandled: 1 }, {}, level, "1 unhandled"],
    ["a conversation that failed", { failed: 1 }, {}, level, "1 failed"],
    ["silence", { messages: 0 }, {}, level, "no message came back"],
    ["peace", { attacks: 0 }, {}, level, "nobody attacked"],
    ["a descriptor that is left", {}, { descriptors: 21 }, level, "21 descriptors, 20 before"],
    ["a timer that is left", {}, { timers: 1 }, level, "1 timers, 0 before"],
    ["memory that is left", {}, { used: 40 }, level, "40.0 MiB in use, 20.0 before"],
    [
      "memory that grows all the time",
      {},
      {},
      level.map(({ seconds }) => sample(seconds, 100 + 2 * seconds)),
      "218 MiB resident, 158 in the first half",
    ],
  ] as const) {
    test(`names ${what}`, () => {
      const tally = Object.assign(good(), change);
      assert.deepEqual(judge(tally, base, { ...base, ...end }, samples), [wrong]);
    });
  }
});

test("the picture of a soak has its curves, and escapes its caption", () => {
  const samples: Sample[] = [0, 1, 2].map((seconds) => {
    return { seconds, rss: 100 + seconds, used: 20, descriptors: 1, timers: 0, median: 1, p99: 9 };
  });
  const svg = toSvg(samples, "failed: 1 < 2");
  assert.equal(svg.match(/<path class="c\d" d="M[\d.]+,[\d.]+L/g)?.length, 4);
  assert.match(svg, /failed: 1 &lt; 2/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});
