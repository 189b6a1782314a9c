import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toSvg } from "../../bench/report/chart.ts";
import { resultOf, rowOf } from "./results.ts";

const RESULTS = [
  resultOf("sink-64", rowOf("clearsocket", 1), rowOf("ws", 4), rowOf("bun", 2)),
  resultOf("echo-1m-c4", rowOf("clearsocket", 8), rowOf("ws", 4)),
];

function bars(svg: string): { left: number; width: number; hint: string }[] {
  const found = svg.matchAll(
    /<rect x="([\d.]+)" y="\d+" width="([\d.]+)" [^>]*><title>(.*?)<\/title>/g,
  );
  return [...found].map(([, x, width, hint = ""]) => ({
    left: Number(x),
    width: Number(width),
    hint,
  }));
}

/** Elements are closed in the order in which they were opened, and no attribute is without its quotes. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g, (_, closes, name, __, isEmpty) => {
      if (closes) assert.equal(open.pop(), name);
      else if (!isEmpty) open.push(name);
      return "";
    });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
  assert.doesNotMatch(rest, /&(?!amp;|lt;|gt;)/);
}

describe("toSvg()", () => {
  test("draws a bar for each subject but the base, to the right of 1 for who is better", () => {
    const [ours, bun, slower, ...others] = bars(toSvg(RESULTS, ""));
    assert.ok(ours !== undefined && bun !== undefined && slower !== undefined);
    assert.deepEqual(others, []);
    assert.match(ours.hint, /^clearsocket: 4\.00 times\. .*, base ws$/);
    assert.match(bun.hint, /^bun: 2\.00 times/);
    assert.equal(ours.left, bun.left);
    // The axis is logarithmic: four times is twice as far as two times, and half as far to the left.
    assert.ok(Math.abs(ours.width - 2 * bun.width) < 0.2);
    assert.ok(Math.abs(slower.left + slower.width - ours.left) < 0.2);
    assert.ok(Math.abs(slower.width - bun.width) < 0.2);
  });

  test("is well-formed, whatever the names hold", () => {
    assertWellFormed(toSvg(RESULTS, "a < b & c"));
    assertWellFormed(toSvg([resultOf("sink-64", rowOf("<&>", 2), rowOf("ws", 4))], ""));
    assertWellFormed(toSvg([], "nothing"));
  });

  test("has colours for light pages and for dark ones, and asks nothing of the network", () => {
    const svg = toSvg(RESULTS, "");
    const [light, dark] = svg.split("prefers-color-scheme:dark");
    for (const look of [".page", ".text", ".grid", ".s0", ".s1"]) {
      assert.ok(light?.includes(look) && dark?.includes(look), look);
    }
    assert.doesNotMatch(
      svg.replace("http://www.w3.org/2000/svg", ""),
      /https?:|url\(|@import|<script/,
    );
  });

  test("says in words what it shows, and leaves out what was not measured", () => {
    const svg = toSvg(
      [...RESULTS, resultOf("source-64", rowOf("clearsocket"), rowOf("ws", 1))],
      "",
    );
    assert.match(
      svg,
      /<desc id="desc">sink-64: clearsocket 4\.00×; sink-64: bun 2\.00×; echo-1m-c4: clearsocket 0\.50×<\/desc>/,
    );
    assert.doesNotMatch(svg, /source-64/);
  });
});
