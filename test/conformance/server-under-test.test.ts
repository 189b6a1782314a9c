import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { selectCases } from "../../conformance/cases/catalogue.ts";
import { targetOf } from "../../conformance/harness/dial.ts";
import type { Outcome } from "../../conformance/harness/outcome.ts";
import { testServer } from "../../conformance/harness/run-all.ts";
import { CLOSE, close, frame, ping, pong, text } from "../../conformance/wire/frame.ts";
import { behave, scriptedServer, type Talk } from "./scripted-server.ts";

async function verdicts(
  address: string,
  patterns: readonly string[],
): Promise<Record<string, string>> {
  const cases = selectCases(3, patterns);
  const { outcomes } = await testServer(address, targetOf(address), cases, 16, () => {});
  return Object.fromEntries(
    outcomes.map(({ id, behaviour, close: end }: Outcome) => [id, `${behaviour}, ${end}`]),
  );
}

describe("a server of ws", () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
  let address = "";
  before(async () => {
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    await once(server, "listening");
    const where = server.address();
    address = `ws://127.0.0.1:${typeof where === "object" ? where?.port : 0}`;
  });
  after(() => server.close());

  test("is OK in the quick cases of each group", async () => {
    const patterns = [
      "1.1.*",
      "2.*",
      "3.*",
      "4.*",
      "5.1",
      "5.3",
      "5.7",
      "5.9",
      "5.15",
      "6.2",
      "6.3",
      "6.5",
      "6.12",
      "7.3",
    ];
    const found = await verdicts(address, [...patterns, "7.9", "9.7.1", "10", "12.*.11", "13.*.5"]);
    assert.deepEqual(new Set(Object.values(found)), new Set(["OK, OK"]));
  });

  test("is not strict with text that becomes invalid in an unfinished message", async () => {
    assert.deepEqual(await verdicts(address, ["6.4.1"]), { "6.4.1": "NON-STRICT, OK" });
  });

  test("fails with more fragments than it allows", async () => {
    assert.deepEqual(await verdicts(address, ["9.4.2"]), { "9.4.2": "FAILED, FAILED" });
  });

  test("has no verdict where there is no right or wrong", async () => {
    const found = await verdicts(address, ["7.1.6", "7.13"]);
    assert.deepEqual(new Set(Object.values(found)), new Set(["INFORMATIONAL, INFORMATIONAL"]));
  });
});

describe("a server that", { concurrency: true }, () => {
  // When the tester has to give up, it closes with 1001, which these servers echo: hence the WRONG CODE.
  const rows: readonly (readonly [string, string, string, (talk: Talk) => void])[] = [
    ["behaves", "1.1.2", "OK, OK", behave],
    [
      "answers late",
      "3.2",
      "NON-STRICT, OK",
      (talk) => {
        behave(talk);
        const { onFrame } = talk;
        talk.onFrame = (one) => (one.breach === null ? setTimeout(onFrame, 0, one) : onFrame(one));
      },
    ],
    [
      "echoes something else",
      "1.1.2",
      "FAILED, WRONG CODE",
      (talk) => {
        behave(talk);
        const { onFrame } = talk;
        talk.onFrame = (one) =>
          onFrame(one.opcode === CLOSE ? one : { ...one, payload: Buffer.from("other") });
      },
    ],
    [
      "says too much",
      "1.1.2",
      "FAILED, WRONG CODE",
      (talk) => {
        behave(talk);
        talk.send(pong("unasked"));
      },
    ],
    [
      "closes first",
      "1.1.2",
      "FAILED, FAILED",
      (talk) => {
        talk.send(close(1000));
        talk.end();
      },
    ],
    ["does not answer a Close", "7.1.1", "OK, UNCLEAN", echoOnly],
    [
      "answers a Close with another code",
      "7.7.1",
      "FAILED, WRONG CODE",
      (talk) => {
        talk.onFrame = () => {
          talk.send(close(1011));
          talk.end();
        };
      },
    ],
    [
      "does not end TCP after the closing handshake",
      "7.3.1",
      "OK, FAILED BY CLIENT",
      (talk) => {
        talk.onFrame = () => talk.send(close(1000));
      },
    ],
    ["does not fail the connection", "3.1", "OK, FAILED", () => {}],
    [
      "fails it with another code",
      "3.1",
      "OK, WRONG CODE",
      (talk) => {
        talk.onFrame = ({ opcode }) => {
          if (opcode !== CLOSE) talk.send(close(1011));
          talk.end();
        };
      },
    ],
    ["fails it by dropping TCP", "3.1", "OK, OK", (talk) => onEachFrame(talk, () => talk.end())],
    [
      "fails it and does not end TCP",
      "3.1",
      "OK, FAILED BY CLIENT",
      (talk) => {
        talk.onFrame = ({ opcode }) => {
          if (opcode !== CLOSE) talk.send(close(1002));
        };
      },
    ],
    ["does not mind bad UTF-8", "6.12.1", "FAILED, FAILED", behave],
    [
      "is strict with text that becomes invalid in an unfinished message",
      "6.4.2",
      "OK, OK",
      (talk) => {
        let count = 0;
        talk.onFrame = () => {
          count += 1;
          if (count !== 2) return;
          talk.send(close(1007));
          talk.end();
        };
      },
    ],
    ["answers a ping after its Close", "7.1.3", "FAILED, OK", pongAfterClose],
    [
      "sends reserved bits",
      "1.1.2",
      "FAILED, UNCLEAN",
      (talk) => onEachFrame(talk, () => talk.send(text("x", { rsv: 4 }))),
    ],
    ["has no compression", "12.1.1", "UNIMPLEMENTED, UNIMPLEMENTED", behave],
  ];

  function onEachFrame(talk: Talk, act: () => void): void {
    talk.onFrame = act;
  }

  function echoOnly(talk: Talk): void {
    talk.onFrame = ({ opcode, payload }) => {
      if (opcode !== CLOSE) talk.send(frame(opcode, payload));
    };
  }

  function pongAfterClose(talk: Talk): void {
    talk.onFrame = ({ opcode }) => {
      if (opcode !== CLOSE) return;
      talk.send(ping("too late"), close(1000));
      talk.end();
    };
  }

  for (const [name, id, expected, script] of rows) {
    test(`${name} is ${expected} in ${id}`, async () => {
      const server = await scriptedServer(script);
      try {
        assert.deepEqual(await verdicts(server.address, [id]), { [id]: expected });
      } finally {
        await server.close();
      }
    });
  }

  test("is not there fails every case", async () => {
    const server = await scriptedServer(behave);
    await server.close();
    assert.deepEqual(await verdicts(server.address, ["1.1.1"]), { "1.1.1": "FAILED, FAILED" });
  });
});
