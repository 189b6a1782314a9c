import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Outcome } from "../../conformance/harness/outcome.ts";
import type { Run } from "../../conformance/harness/run-all.ts";
import { describeFrame, WireLog } from "../../conformance/harness/wire-log.ts";
import { toHtml } from "../../conformance/report/html.ts";
import { toJson } from "../../conformance/report/json.ts";
import { countGroups, hasFailures, isPerfect, oneLine } from "../../conformance/report/summary.ts";
import { close, text } from "../../conformance/wire/frame.ts";

function outcome(id: string, behaviour: Outcome["behaviour"], closing: Outcome["close"]): Outcome {
  return {
    id,
    title: "a <b>title</b>",
    behaviour,
    close: closing,
    whyBehaviour: "because & so",
    whyClose: '"because"',
    expected: "text",
    expectedEnding: "the tester closes",
    received: "nothing",
    peerCode: 1000,
    duration: 12,
    log: [{ at: 0.5, who: "peer", text: 'text  8 octets  "<script>"' }],
  };
}

const RUN: Run = {
  tested: "server",
  peer: "ws://<host>",
  outcomes: [
    outcome("1.1.1", "OK", "OK"),
    outcome("6.4.1", "NON-STRICT", "OK"),
    outcome("6.4.2", "OK", "UNCLEAN"),
    outcome("7.1.6", "INFORMATIONAL", "INFORMATIONAL"),
    outcome("12.1.1", "UNIMPLEMENTED", "UNIMPLEMENTED"),
  ],
  missing: ["13.1.1"],
  duration: 1000,
};

describe("the summary", () => {
  test("counts what is OK in both verdicts, what has none, and the rest", () => {
    assert.equal(oneLine(RUN), "server: 1 OK, 1 INFORMATIONAL, 4 other");
    assert.equal(isPerfect(RUN), false);
    const perfect: Run = { ...RUN, outcomes: [RUN.outcomes[0]!, RUN.outcomes[3]!], missing: [] };
    assert.equal(oneLine(perfect), "server: 1 OK, 1 INFORMATIONAL, 0 other");
    assert.equal(isPerfect(perfect), true);
  });

  test("tells what is allowed from what is broken", () => {
    const allowed: Run = { ...RUN, outcomes: [RUN.outcomes[1]!, RUN.outcomes[4]!], missing: [] };
    assert.equal(hasFailures(allowed), false);
    assert.equal(hasFailures({ ...allowed, missing: ["1.1.1"] }), true);
    assert.equal(hasFailures({ ...allowed, outcomes: [RUN.outcomes[2]!] }), true);
    assert.equal(hasFailures({ ...allowed, outcomes: [outcome("1.1.1", "FAILED", "OK")] }), true);
  });

  test("has a row a group", () => {
    const rows = countGroups(RUN.outcomes).map(({ name, total, closeNotOk }) => [
      name,
      total,
      closeNotOk,
    ]);
    assert.deepEqual(rows, [
      ["1 framing", 1, 0],
      ["6 UTF-8", 2, 1],
      ["7 closing", 1, 0],
      ["12 compression by payload", 1, 0],
    ]);
  });
});

describe("the page", () => {
  const page = toHtml([RUN]);

  test("stands by itself", () => {
    assert.doesNotMatch(page, /<(?:link|img|iframe)|src=|url\(|https?:/);
  });

  test("escapes what came over the wire", () => {
    assert.equal(page.match(/<script>/g)?.length, 1);
    assert.match(page, /&quot;&lt;script&gt;&quot;/);
    assert.match(page, /ws:\/\/&lt;host&gt;/);
    assert.match(page, /a &lt;b&gt;title&lt;\/b&gt;/);
    assert.match(page, /because &amp; so/);
  });

  test("has every case, and a link to each", () => {
    for (const { id } of RUN.outcomes) {
      assert.ok(page.includes(`id="server-${id}"`), id);
      assert.ok(page.includes(`href="#server-${id}"`), id);
    }
  });
});

describe("the JSON", () => {
  test("has the verdicts by case", () => {
    const [run] = JSON.parse(toJson([RUN]));
    assert.deepEqual([run.tested, run.peer, run.missing], ["server", "ws://<host>", ["13.1.1"]]);
    assert.deepEqual(Object.keys(run.cases), ["1.1.1", "6.4.1", "6.4.2", "7.1.6", "12.1.1"]);
    const { behavior, behaviorClose, remoteCloseCode } = run.cases["6.4.2"];
    assert.deepEqual([behavior, behaviorClose, remoteCloseCode], ["OK", "UNCLEAN", 1000]);
  });
});

describe("the wire log", () => {
  test("describes frames", () => {
    assert.equal(
      describeFrame(text("Hi", { fin: false, rsv: 4 })),
      'text  FIN=0  RSV=4  2 octets  "Hi"',
    );
    assert.equal(describeFrame(text(Buffer.from("ff00", "hex"))), "text  2 octets  ff00");
    assert.equal(describeFrame(close(1000, "bye")), 'close  5 octets  code 1000  "bye"');
    assert.equal(describeFrame(close()), "close  0 octets");
  });

  test("keeps the beginning and the end of a long conversation", () => {
    const log = new WireLog();
    for (let number = 1; number <= 1000; number += 1) log.note(`line ${number}`);
    const texts = log.lines().map((line) => line.text);
    assert.equal(texts[0], "line 1");
    assert.equal(texts.at(-1), "line 1000");
    assert.ok(texts.length < 40);
    assert.ok(texts.some((line) => /^… \d+ more lines …$/.test(line)));
  });
});
