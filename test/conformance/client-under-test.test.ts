import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { selectCases } from "../../conformance/cases/catalogue.ts";
import { testClient } from "../../conformance/harness/run-all.ts";

/** Resolves with the texts that came, when the connection is closed. */
function open(url: string, echo: boolean): Promise<string[]> {
  return new Promise((resolve) => {
    const texts: string[] = [];
    const decoder = new TextDecoder();
    const socket = new WebSocket(url);
    socket.on("error", () => {});
    socket.on("close", () => resolve(texts));
    socket.on("message", (data, isBinary) => {
      if (echo) socket.send(data, { binary: isBinary });
      else texts.push(decoder.decode(data as Buffer));
    });
  });
}

async function drive(address: string, upTo = Number.POSITIVE_INFINITY): Promise<string[]> {
  const [count] = await open(`${address}/getCaseCount`, false);
  const ran: string[] = [];
  for (let number = 1; number <= Math.min(Number(count), upTo); number += 1) {
    await open(`${address}/runCase?case=${number}&agent=ws`, true);
    const [info, status] = await Promise.all([
      open(`${address}/getCaseInfo?case=${number}`, false),
      open(`${address}/getCaseStatus?case=${number}&agent=ws`, false),
    ]);
    ran.push(`${JSON.parse(info[0] ?? "{}").id} ${JSON.parse(status[0] ?? "{}").behavior}`);
  }
  await open(`${address}/updateReports?agent=ws`, false);
  return ran;
}

const WHERE = { host: "127.0.0.1", port: 0 };

describe("a client of ws", () => {
  test("is led through the cases and told their verdicts", async () => {
    const cases = selectCases(3, [
      "1.1.2",
      "2.10",
      "3.2",
      "5.7",
      "6.3.1",
      "7.1.1",
      "7.5.1",
      "12.1.5",
      "13.5.11",
    ]);
    let driven: Promise<string[]> = Promise.resolve([]);
    const run = await testClient(
      WHERE,
      cases,
      () => {},
      (port) => {
        driven = drive(`ws://127.0.0.1:${port}`);
      },
    );
    assert.deepEqual(
      run.outcomes.map(({ id, behaviour, close }) => `${id} ${behaviour}, ${close}`),
      cases.map(({ id }) => `${id} OK, OK`),
    );
    assert.deepEqual([run.peer, run.missing], ["ws", []]);
    assert.deepEqual(
      await driven,
      cases.map(({ id }) => `${id} OK`),
    );
  });

  test("is told apart from one that runs only some of the cases", async () => {
    const cases = selectCases(3, ["1.1.1", "1.1.2", "1.1.3"]);
    const run = await testClient(
      WHERE,
      cases,
      () => {},
      (port) => {
        void drive(`ws://127.0.0.1:${port}`, 2);
      },
    );
    assert.deepEqual(run.missing, ["1.1.3"]);
  });

  test("without compression leaves groups 12 and 13 unimplemented", async () => {
    const cases = selectCases(3, ["12.1.1"]);
    const run = await testClient(
      WHERE,
      cases,
      () => {},
      (port) => {
        const address = `ws://127.0.0.1:${port}`;
        const socket = new WebSocket(`${address}/runCase?case=1&agent=ws`, {
          perMessageDeflate: false,
        });
        socket.on("close", () => void open(`${address}/updateReports?agent=ws`, false));
      },
    );
    const verdicts = run.outcomes.map(({ behaviour, close }) => `${behaviour}, ${close}`);
    assert.deepEqual(verdicts, ["UNIMPLEMENTED, UNIMPLEMENTED"]);
  });
});

describe("whoever asks for something else", () => {
  test("gets an HTTP error", async () => {
    let refusals: Promise<string[]> = Promise.resolve([]);
    const refused = (url: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.on("error", (error) => resolve(error.message));
      });
    await testClient(
      WHERE,
      selectCases(1, ["1.1.1"]),
      () => {},
      (port) => {
        const address = `ws://127.0.0.1:${port}`;
        const plain = fetch(`http://127.0.0.1:${port}/getCaseCount`).then(({ status }) =>
          String(status),
        );
        refusals = Promise.all([
          plain,
          refused(`${address}/nonsense`),
          refused(`${address}/runCase?case=2`),
        ]);
        void refusals.then(() => open(`${address}/updateReports?agent=ws`, false));
      },
    );
    const unexpected = "Unexpected server response: 404";
    assert.deepEqual(await refusals, ["400", unexpected, unexpected]);
  });
});
