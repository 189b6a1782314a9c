import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, test } from "node:test";
import {
  CHANNELS,
  type ChannelMessage,
  type EventType,
  hasAnySubscribers,
  hasSubscribers,
  publish,
} from "../../src/logging/channels.ts";

describe("channels", () => {
  for (const [type, name] of Object.entries(CHANNELS) as [EventType, string][]) {
    test(`publish ${type} on ${name} while somebody listens`, () => {
      const seen: ChannelMessage[] = [];
      const listener = (message: unknown): void => void seen.push(message as ChannelMessage);
      const event = { type };
      const websocket = {};
      assert.equal(hasSubscribers(type), false);
      assert.equal(hasAnySubscribers(), false);
      publish(event, websocket);
      subscribe(name, listener);
      assert.equal(hasSubscribers(type), true);
      assert.equal(hasAnySubscribers(), true);
      publish(event, websocket);
      unsubscribe(name, listener);
      assert.equal(hasSubscribers(type), false);
      publish(event, websocket);
      assert.deepEqual(seen, [{ websocket, event }]);
    });
  }

  test("leave events that have no channel", () => {
    for (const type of ["connection.step", "toString", ""]) publish({ type }, null);
    assert.equal(hasAnySubscribers(), false);
  });
});
