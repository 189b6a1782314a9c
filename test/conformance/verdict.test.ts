import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allCases } from "../../conformance/cases/catalogue.ts";
import type { Ending } from "../../conformance/harness/case.ts";
import {
  answered,
  INFORMATIONAL,
  INVALID_TEXT,
  NORMAL,
  PROTOCOL_ERROR,
  refused,
} from "../../conformance/harness/endings.ts";
import {
  type Behaviour,
  type EndingFacts,
  judge,
  judgeClose,
  judgeList,
} from "../../conformance/harness/verdict.ts";
import { octets } from "../../conformance/wire/frame.ts";

const GOOD: EndingFacts = {
  opened: true,
  role: "client",
  closedByTester: true,
  clean: true,
  unclean: "",
  peerCode: 1000,
  droppedByTester: false,
};
const FAILED_BY_PEER: Partial<EndingFacts> = { closedByTester: false, peerCode: 1002 };

describe("the verdict on the ending", () => {
  const rows: readonly (readonly [string, Ending, Partial<EndingFacts>, string])[] = [
    ["a normal end", NORMAL, {}, "OK"],
    ["a normal end without a code", NORMAL, { peerCode: null }, "OK"],
    ["no opening handshake", NORMAL, { opened: false }, "FAILED"],
    ["a peer that closes first", NORMAL, { closedByTester: false }, "FAILED"],
    ["wrong side before unclean", NORMAL, { closedByTester: false, clean: false }, "FAILED"],
    [
      "no answer to the Close",
      NORMAL,
      { clean: false, peerCode: null, droppedByTester: true },
      "UNCLEAN",
    ],
    ["unclean before the wrong code", NORMAL, { clean: false, peerCode: 1002 }, "UNCLEAN"],
    ["a wrong code", NORMAL, { peerCode: 1001 }, "WRONG CODE"],
    [
      "the wrong code before the drop",
      NORMAL,
      { peerCode: 1001, droppedByTester: true },
      "WRONG CODE",
    ],
    ["a server that does not drop TCP", NORMAL, { droppedByTester: true }, "FAILED BY CLIENT"],
    ["the tester's own drop as a server", NORMAL, { role: "server", droppedByTester: true }, "OK"],
    ["a peer that fails the connection", PROTOCOL_ERROR, FAILED_BY_PEER, "OK"],
    [
      "a peer that just drops it",
      PROTOCOL_ERROR,
      { closedByTester: false, clean: false, peerCode: null },
      "OK",
    ],
    ["a tester that had to close", PROTOCOL_ERROR, { peerCode: null }, "FAILED"],
    ["another code than 1002", PROTOCOL_ERROR, { ...FAILED_BY_PEER, peerCode: 1007 }, "WRONG CODE"],
    ["an echoed code", answered(1000, 4000), { peerCode: 4000 }, "OK"],
    ["a bad Close that is answered 1000", refused(1002), {}, "WRONG CODE"],
    [
      "a bad Close that is answered by a drop",
      refused(1002),
      { clean: false, peerCode: null },
      "OK",
    ],
    ["an informational case", INFORMATIONAL, { clean: false }, "INFORMATIONAL"],
  ];
  for (const [name, ending, facts, expected] of rows) {
    test(`is ${expected} for ${name}`, () => {
      assert.equal(judgeClose(ending, { ...GOOD, ...facts }).verdict, expected);
    });
  }
});

describe("both verdicts together", () => {
  const rows: readonly (readonly [string, string, Behaviour, Partial<EndingFacts>, string])[] = [
    ["7.7.1", "a wrong code", "OK", { peerCode: 1002 }, "FAILED, WRONG CODE"],
    ["1.1.1", "a wrong code", "OK", { peerCode: 1002 }, "OK, WRONG CODE"],
    ["6.3.1", "the wrong side", "OK", {}, "FAILED, FAILED"],
    ["6.4.1", "the wrong side", "NON-STRICT", {}, "FAILED, FAILED"],
    ["6.3.1", "the wrong code", "OK", { closedByTester: false, peerCode: 1002 }, "OK, WRONG CODE"],
    ["3.1", "the wrong side", "OK", {}, "OK, FAILED"],
    ["7.1.6", "anything", "FAILED", {}, "INFORMATIONAL, INFORMATIONAL"],
    [
      "7.13.1",
      "anything",
      "FAILED",
      { clean: false, peerCode: 1002 },
      "INFORMATIONAL, INFORMATIONAL",
    ],
    ["12.1.1", "no compression", "UNIMPLEMENTED", {}, "UNIMPLEMENTED, UNIMPLEMENTED"],
    ["12.1.1", "no opening handshake", "OK", { opened: false }, "FAILED, FAILED"],
  ];
  const cases = new Map(allCases(1).map((one) => [one.id, one]));
  for (const [id, name, behaviour, facts, expected] of rows) {
    test(`are ${expected} for ${name} in ${id}`, () => {
      const subject = cases.get(id)!;
      const both = judge(subject, { verdict: behaviour, why: "" }, { ...GOOD, ...facts });
      assert.equal(`${both.behaviour.verdict}, ${both.close.verdict}`, expected);
    });
  }

  test("are fatal on the wrong side in 6.3, 6.4 and the 69 invalid strings, and on the wrong code in 7 only", () => {
    for (const { id, ending } of cases.values()) {
      if (ending === INVALID_TEXT) assert.match(id, /^6\./);
      if (ending.fatal === "wrong code") assert.match(id, /^7\./);
    }
    assert.equal(
      [...cases.values()].filter(({ ending }) => ending === INVALID_TEXT).length,
      2 + 4 + 69,
    );
  });
});

describe("the verdict on what was received", () => {
  const message = { kind: "message", binary: false, payload: octets("a") } as const;
  const script = {
    kind: "script",
    steps: [],
    ok: [message],
    nonStrict: [],
    closesWhenDone: true,
  } as const;
  const rows: readonly (readonly [Parameters<typeof judgeList>[1], string])[] = [
    [[message], "OK"],
    [[], "NON-STRICT"],
    [[message, message], "FAILED"],
    [[{ ...message, binary: true }], "FAILED"],
    [[{ ...message, payload: octets("b") }], "FAILED"],
    [[{ kind: "pong", payload: octets("a") }], "FAILED"],
    [[{ kind: "mark", name: "A" }], "FAILED"],
  ];
  for (const [received, expected] of rows) {
    test(`is ${expected} for ${JSON.stringify(received.map(({ kind }) => kind))}`, () => {
      assert.equal(judgeList(script, received).verdict, expected);
    });
  }
});
