import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  addConnection,
  currentConnection,
  followConnections,
  runForConnection,
} from "../../src/logging/context.ts";
import { Formatter } from "../../src/logging/formatter.ts";
import { LogRecord } from "../../src/logging/record.ts";

const ONE = { id: "one" };
const TWO = { id: "two" };

test("connections are not followed before somebody asks for it", () => {
  runForConnection(ONE, () => assert.equal(currentConnection(), undefined));
});

test("the current connection follows the code through await, and not beyond", async () => {
  followConnections();
  assert.equal(currentConnection(), undefined);
  const seen: unknown[] = [];
  const work = async (): Promise<void> => {
    await setImmediate();
    seen.push(currentConnection());
  };
  await Promise.all([runForConnection(ONE, work), runForConnection(TWO, work)]);
  assert.deepEqual(seen, [ONE, TWO]);
  assert.equal(currentConnection(), undefined);
});

test("runForConnection returns what its callback returns, and throws what it throws", () => {
  assert.equal(
    runForConnection(ONE, () => 7),
    7,
  );
  assert.throws(
    () =>
      runForConnection(ONE, () => {
        throw new RangeError("x");
      }),
    RangeError,
  );
});

test("addConnection lets every format name the connection", () => {
  const formatter = new Formatter("%(connection)s %(message)s");
  const line = (fields: object = {}): string => {
    const record = Object.assign(new LogRecord("app", 20, "x", []), fields);
    assert.equal(addConnection(record), true);
    return formatter.format(record);
  };
  assert.equal(line(), "- x");
  assert.equal(line({ websocket: ONE }), "one x");
  assert.equal(line({ connection: "mine" }), "mine x");
  assert.equal(
    runForConnection(TWO, () => line()),
    "two x",
  );
  assert.equal(
    runForConnection(TWO, () => line({ websocket: ONE })),
    "one x",
  );
});
