/** Going round: when there is another attempt, after which delay, and how it ends; on a clock of the test's. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Connection } from "../../src/connection/connection.ts";
import {
  type Attempt,
  eachConnection,
  keepConnected,
  type ReconnectParts,
} from "../../src/connection/reconnect.ts";
import { processException } from "../../src/connection/retry.ts";
import { InvalidStatus } from "../../src/http/invalid-status.ts";
import { HandshakeResponse } from "../../src/http/message.ts";
import { TestClock } from "../support/clock.ts";
import { settle, stateOf, TestPeer } from "../support/connection.ts";

type Client = Connection<string>;

/** What an attempt comes to: a connection, an error, or nothing until the test says so. */
type Outcome = "connects" | "hangs" | Error;

type Handler = (connection: Client, attempt: Attempt) => void | Promise<void>;

interface Wait {
  readonly delay: number;
  readonly attempt: number;
  readonly error: unknown;
}

/** A client that goes round, and servers that do as the test wants. */
class Stage {
  readonly clock = new TestClock();
  readonly aborter = new AbortController();
  readonly peers: TestPeer[] = [];
  readonly waits: Wait[] = [];
  /** When each attempt was made. */
  readonly attempts: number[] = [];
  readonly #outcomes: Outcome[];
  readonly #parts: Partial<ReconnectParts<Client>>;

  /** @param outcomes Of each attempt; the last one is that of all further ones. */
  constructor(outcomes: Outcome[], parts: Partial<ReconnectParts<Client>> = {}) {
    this.#outcomes = outcomes;
    this.#parts = parts;
  }

  get parts(): ReconnectParts<Client> {
    return {
      open: (signal) => this.#open(signal),
      delays: function* () {
        for (let delay = 100; ; delay *= 2) yield delay;
      },
      minUptime: 5000,
      processException,
      signal: this.aborter.signal,
      clock: this.clock,
      random: () => 0.5,
      onWait: (delay, attempt, error) => void this.waits.push({ delay, attempt, error }),
      ...this.#parts,
    };
  }

  get peer(): TestPeer {
    const peer = this.peers.at(-1);
    assert.ok(peer !== undefined, "there is no connection yet");
    return peer;
  }

  get delays(): number[] {
    return this.waits.map(({ delay }) => delay);
  }

  async pass(time: number): Promise<void> {
    await settle();
    this.clock.advance(time);
    await settle();
  }

  /** The server closes; both sides finish. */
  async drop(code: number, after = 0): Promise<void> {
    await this.pass(after);
    await this.peer.finish(code);
  }

  /** The connection breaks. */
  async break(after = 0): Promise<void> {
    await this.pass(after);
    this.peer.transport.close(new Error("reset"));
    await settle();
  }

  async #open(signal: AbortSignal): Promise<Client> {
    this.attempts.push(this.clock.now());
    const outcome = this.#outcomes.length > 1 ? this.#outcomes.shift() : this.#outcomes[0];
    if (outcome instanceof Error) throw outcome;
    if (outcome === "hangs") {
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    const peer = new TestPeer({ side: "client" });
    this.peers.push(peer);
    return peer.connection;
  }
}

function refused(): Error {
  return Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
}

function status(code: number, retryAfter?: string): InvalidStatus {
  const rawHeaders = retryAfter === undefined ? [] : ([["Retry-After", retryAfter]] as const);
  return new InvalidStatus(new HandshakeResponse({ status: code, statusText: "", rawHeaders }));
}

/** A handler that reads until the connection is lost, and so never ends by itself. */
async function readOn(connection: Client): Promise<void> {
  while (true) await connection.recv();
}

/** A promise whose rejection a test awaits later. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function goRound(stage: Stage, handler: Handler): Promise<void> {
  return later(keepConnected(stage.parts, handler));
}

describe("a handler", () => {
  test("gets a connection, and its return closes that with 1000 and ends going round", async () => {
    const stage = new Stage(["connects"]);
    const attempts: Attempt[] = [];
    const done = goRound(stage, async (connection, attempt) => {
      assert.equal(connection, stage.peer.connection);
      attempts.push(attempt);
    });
    await settle();
    assert.deepEqual(await stage.peer.got(), ["close 1000"]);
    assert.equal(await stateOf(done), "pending");
    await stage.peer.finish();
    assert.equal(await done, undefined);
    assert.deepEqual(attempts, [{ number: 1, failures: 0, delay: 0, error: null }]);
    assert.deepEqual([stage.attempts.length, stage.waits.length, stage.clock.pending], [1, 0, 0]);
  });

  test("may return nothing at once, without a promise", async () => {
    const stage = new Stage(["connects"]);
    const done = goRound(stage, () => {});
    await stage.drop(1000);
    assert.equal(await done, undefined);
  });

  for (const code of [1000, 1001, 1011, 1012]) {
    test(`ends going round also when it returns after the server has closed with ${code}`, async () => {
      const stage = new Stage(["connects"]);
      const done = goRound(stage, async (connection) => void (await connection.closed));
      await settle();
      await stage.drop(code);
      assert.equal(await done, undefined);
    });
  }

  for (const code of [1000, 1001, 1006, 1011, 4000]) {
    test(`goes round when it throws that its connection was closed with ${code}`, async () => {
      const stage = new Stage(["connects", "hangs"]);
      const done = goRound(stage, readOn);
      await settle();
      await (code === 1006 ? stage.break(10_000) : stage.drop(code, 10_000));
      assert.equal(stage.attempts.length, 1);
      await stage.pass(100);
      assert.deepEqual(stage.attempts, [0, 10_100]);
      assert.equal(await stateOf(done), "pending");
    });
  }

  test("goes round with the reason of its connection's signal", async () => {
    const stage = new Stage(["connects", "hangs"]);
    const done = goRound(stage, async (connection) => {
      await connection.closed;
      connection.signal.throwIfAborted();
    });
    await settle();
    await stage.drop(1001);
    await stage.pass(100);
    assert.equal(stage.attempts.length, 2);
    assert.equal(await stateOf(done), "pending");
  });

  test("rejects with whatever else it throws, and closes with 1011", async () => {
    const stage = new Stage(["connects"]);
    const error = refused();
    const done = goRound(stage, async () => {
      throw error;
    });
    await settle();
    assert.deepEqual(await stage.peer.got(), ["close 1011"]);
    await stage.peer.finish(1011);
    await assert.rejects(done, (thrown) => thrown === error);
    assert.equal(stage.attempts.length, 1);
  });

  test("rejects with the closing of another connection", async () => {
    const stage = new Stage(["connects"]);
    const other = new TestPeer({ side: "client" });
    const done = goRound(stage, () => readOn(other.connection));
    await settle();
    await other.finish(1001);
    await stage.peer.finish(1011);
    await assert.rejects(done, { name: "ConnectionClosedOK" });
  });

  test("rejects with what it throws synchronously", async () => {
    const stage = new Stage(["connects"]);
    const done = goRound(stage, () => {
      throw new RangeError("no");
    });
    await settle();
    await stage.peer.finish(1011);
    await assert.rejects(done, RangeError);
  });

  test("learns what came before: attempts, failures, the delay, the error", async () => {
    const [first, second] = [refused(), status(503)];
    const stage = new Stage([first, second, "connects", "connects", "hangs"]);
    const attempts: Attempt[] = [];
    void goRound(stage, async (connection, attempt) => {
      attempts.push(attempt);
      await readOn(connection);
    }).catch(() => {});
    await stage.pass(100);
    await stage.pass(200);
    await stage.drop(1001, 6000);
    await stage.pass(100);
    assert.equal(attempts.length, 2);
    assert.deepEqual(attempts[0], { number: 3, failures: 2, delay: 200, error: second });
    const { error, ...rest } = attempts[1] ?? { error: null };
    assert.deepEqual(rest, { number: 4, failures: 0, delay: 100 });
    assert.equal((error as Error).name, "ConnectionClosedOK");
  });
});

describe("a loop", () => {
  test("has a connection in each turn, which its end closes with 1000", async () => {
    const stage = new Stage(["connects"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    const first = await iterator.next();
    assert.equal(first.value, stage.peer.connection);
    const next = iterator.next();
    assert.deepEqual(await stage.peer.got(), ["close 1000"]);
    await stage.peer.finish();
    assert.equal(await stateOf(next), "pending");
    await stage.pass(100);
    assert.equal((await next).value, stage.peer.connection);
    assert.equal(stage.peers.length, 2);
  });

  test("goes on when the server closes, whatever the code", async () => {
    const stage = new Stage(["connects"]);
    let turns = 0;
    const done = (async () => {
      for await (const connection of eachConnection(stage.parts)) {
        turns += 1;
        if (turns === 3) break;
        for await (const _message of connection);
      }
    })();
    for (const code of [1000, 1001]) {
      await stage.drop(code, 6000);
      await stage.pass(100);
    }
    await stage.peer.finish();
    await done;
    assert.deepEqual([turns, stage.attempts.length], [3, 3]);
  });

  test("closes the connection when it is left", async () => {
    const stage = new Stage(["connects"]);
    const done = (async () => {
      for await (const _connection of eachConnection(stage.parts)) break;
    })();
    await settle();
    assert.deepEqual(await stage.peer.got(), ["close 1000"]);
    assert.equal(await stateOf(done), "pending");
    await stage.peer.finish();
    await done;
    assert.deepEqual([stage.attempts.length, stage.clock.pending], [1, 0]);
  });

  test("lets an error of its body through", async () => {
    const stage = new Stage(["connects"]);
    const done = later(
      (async () => {
        for await (const _connection of eachConnection(stage.parts)) throw new RangeError("no");
      })(),
    );
    await settle();
    await stage.peer.finish();
    await assert.rejects(done, RangeError);
  });

  test("begins anew each time it is iterated", async () => {
    const stage = new Stage(["connects"]);
    const loop = eachConnection(stage.parts);
    for (let round = 1; round <= 2; round += 1) {
      const iterator = loop[Symbol.asyncIterator]();
      await iterator.next();
      const left = iterator.return?.();
      await stage.drop(1000);
      await left;
      assert.equal(stage.peers.length, round);
    }
    assert.deepEqual(stage.waits, []);
  });

  test("throws what is fatal, and is over then", async () => {
    const error = status(401);
    const stage = new Stage([error, "connects"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    await assert.rejects(iterator.next(), (thrown) => thrown === error);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(stage.attempts.length, 1);
  });

  test("takes several requests for the next connection one after the other", async () => {
    const stage = new Stage(["connects"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    const [first, second] = [iterator.next(), iterator.next()];
    await first;
    const third = iterator.return?.();
    await stage.drop(1000);
    assert.equal((await first).value, stage.peers[0]?.connection);
    assert.deepEqual(await second, { done: true, value: undefined });
    assert.deepEqual(await third, { done: true, value: undefined });
  });

  test("can be left while it waits for the next attempt, at once", async () => {
    const stage = new Stage([refused()]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    const next = iterator.next();
    await settle();
    assert.equal(stage.clock.pending, 1);
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(stage.clock.pending, 0);
  });

  test("can be left while an attempt is under way", async () => {
    const stage = new Stage(["hangs"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    const next = iterator.next();
    await settle();
    await iterator.return?.();
    assert.deepEqual(await next, { done: true, value: undefined });
  });
});

describe("delays", () => {
  test("grow from failure to failure, and are told", async () => {
    const stage = new Stage([refused()]);
    void goRound(stage, readOn);
    for (const delay of [100, 200, 400, 800]) await stage.pass(delay);
    assert.deepEqual(stage.attempts, [0, 100, 300, 700, 1500]);
    assert.deepEqual(stage.delays, [100, 200, 400, 800, 1600]);
    assert.deepEqual(
      stage.waits.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5],
    );
  });

  test("are waited for to the last millisecond", async () => {
    const stage = new Stage([refused(), "hangs"]);
    void goRound(stage, readOn);
    await stage.pass(99);
    assert.equal(stage.attempts.length, 1);
    await stage.pass(1);
    assert.equal(stage.attempts.length, 2);
  });

  test("grow also when the server accepts and drops at once: there is no spin", async () => {
    const stage = new Stage(["connects"]);
    void goRound(stage, readOn);
    await settle();
    for (const delay of [100, 200, 400, 800, 1600]) {
      await stage.break();
      await stage.pass(delay);
    }
    assert.deepEqual(stage.attempts, [0, 100, 300, 700, 1500, 3100]);
    assert.deepEqual(stage.delays, [100, 200, 400, 800, 1600]);
  });

  test("grow also when the loop's own turns are that short", async () => {
    const stage = new Stage(["connects"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    await iterator.next();
    for (const delay of [100, 200, 400]) {
      const next = iterator.next();
      await stage.drop(1000);
      await stage.pass(delay);
      await next;
    }
    assert.deepEqual(stage.attempts, [0, 100, 300, 700]);
    // Nothing has failed, so nothing is told.
    assert.deepEqual(stage.delays, []);
  });

  for (const [uptime, then] of [
    [4999, 400],
    [5000, 100],
    [3_600_000, 100],
  ] as const) {
    const word = then === 100 ? "begin anew" : "go on growing";
    test(`${word} after a connection that has lasted ${uptime} ms of at least 5 000`, async () => {
      const stage = new Stage([refused(), refused(), "connects", "hangs"]);
      void goRound(stage, readOn);
      await stage.pass(100);
      await stage.pass(200);
      await stage.break(uptime);
      assert.deepEqual(stage.delays, [100, 200, then]);
    });
  }

  test("are at least what Retry-After says, plus the delay itself", async () => {
    const stage = new Stage([status(503, "30"), status(429, "1"), "hangs"]);
    void goRound(stage, readOn);
    await stage.pass(30_100);
    await stage.pass(1200);
    assert.deepEqual(stage.attempts, [0, 30_100, 31_300]);
  });

  test("hold a Retry-After that is a date against the clock", async () => {
    const at = new Date(new TestClock().date() + 60_000).toUTCString();
    const stage = new Stage([status(503, at), "hangs"]);
    void goRound(stage, readOn);
    await settle();
    assert.deepEqual(stage.delays, [60_100]);
  });

  test("never exceed what timers take", async () => {
    const stage = new Stage([status(503, "99999999999"), "hangs"]);
    void goRound(stage, readOn);
    await settle();
    assert.deepEqual(stage.delays, [0x7fff_ffff]);
  });

  test("are those of a restart after 1012", async () => {
    const stage = new Stage(["connects", "hangs"]);
    void goRound(stage, readOn);
    await settle();
    await stage.drop(1012, 60_000);
    assert.deepEqual(stage.delays, [17_500]);
  });

  test("are those of an overload after 1013, and go on growing however long it had gone well", async () => {
    const stage = new Stage(["connects"], {
      *delays() {
        yield 100;
        yield 200_000;
      },
    });
    void goRound(stage, readOn);
    await settle();
    await stage.drop(1013, 60_000);
    await stage.pass(60_000);
    await stage.drop(1013, 60_000);
    assert.deepEqual(stage.delays, [60_000, 200_000]);
  });

  test("end going round when they end, with the last error", async () => {
    const last = refused();
    const stage = new Stage([refused(), refused(), last], { delays: () => [10, 20] });
    const done = goRound(stage, readOn);
    await stage.pass(10);
    await stage.pass(20);
    await assert.rejects(done, (error) => error === last);
    assert.equal(stage.attempts.length, 3);
  });

  test("may be any iterable, asked for anew after a connection that has lasted", async () => {
    let asked = 0;
    const delays = (): number[] => {
      asked += 1;
      return [1, 2, 3];
    };
    const stage = new Stage([refused(), "connects", refused(), "hangs"], { delays });
    void goRound(stage, readOn);
    await stage.pass(1);
    await stage.break(5000);
    await stage.pass(1);
    await stage.pass(2);
    assert.deepEqual(stage.delays, [1, 1, 2]);
    assert.equal(asked, 2);
  });

  for (const delay of [-1, Number.NaN, 2 ** 31, "1", undefined]) {
    test(`that are ${delay} reject, by their name`, async () => {
      const stage = new Stage([refused()], { delays: () => [delay as number] });
      await assert.rejects(goRound(stage, readOn), {
        message: /^a delay of reconnectDelays is /,
      });
    });
  }

  test("keep every two attempts apart, whatever happens in between", async () => {
    const outcome = fc.constantFrom<"connects" | "refuses" | "busy">("connects", "refuses", "busy");
    const fate = fc.record({ outcome, uptime: fc.integer({ min: 0, max: 10_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 6 }), async (fates) => {
        const outcomes = fates.map((one): Outcome => {
          if (one.outcome === "connects") return "connects";
          return one.outcome === "busy" ? status(503, "1") : refused();
        });
        const stage = new Stage([...outcomes, "hangs"]);
        void goRound(stage, readOn);
        await settle();
        for (const { outcome: one, uptime } of fates) {
          if (one === "connects") await stage.break(uptime);
          await stage.pass(stage.delays.at(-1) ?? 0);
        }
        assert.equal(stage.attempts.length, fates.length + 1);
        for (const [at, time] of stage.attempts.slice(1).entries()) {
          const before = stage.attempts[at] ?? 0;
          assert.ok(time - before >= 100, `${before} and ${time} are too near`);
        }
        stage.aborter.abort();
        await settle();
        assert.equal(stage.clock.pending, 0);
      }),
      { numRuns: 50 },
    );
  });
});

describe("processException", () => {
  test("is asked for each failure to connect, and goes round for null and undefined", async () => {
    const errors = [new Error("one"), status(401), new TypeError("three")];
    const asked: unknown[] = [];
    const stage = new Stage([...errors, "hangs"], {
      processException: (error) => {
        asked.push(error);
        return asked.length === 1 ? undefined : null;
      },
    });
    void goRound(stage, readOn);
    for (const delay of [100, 200, 400]) await stage.pass(delay);
    assert.deepEqual(asked, errors);
    assert.equal(stage.attempts.length, 4);
  });

  test("gives up with what it returns, and with what it throws", async () => {
    const verdict = new RangeError("enough");
    for (const judge of [
      () => verdict,
      async () => verdict,
      () => {
        throw verdict;
      },
      async () => {
        throw verdict;
      },
    ]) {
      const stage = new Stage([refused()], { processException: judge });
      await assert.rejects(goRound(stage, readOn), (error) => error === verdict);
    }
  });

  test("may be asynchronous", async () => {
    const stage = new Stage([status(401), "hangs"], { processException: async () => null });
    void goRound(stage, readOn);
    await stage.pass(100);
    assert.equal(stage.attempts.length, 2);
  });

  for (const answer of [true, false]) {
    test(`is told when it answers ${answer}, which could mean either`, async () => {
      const stage = new Stage([refused()], { processException: () => answer });
      await assert.rejects(goRound(stage, readOn), {
        name: "TypeError",
        message: new RegExp(`^processException returned ${answer}: it must return null`),
      });
    });
  }

  test("is not asked for what the handler throws, nor for a connection that was lost", async () => {
    let asked = 0;
    const judge = (error: unknown): unknown => {
      asked += 1;
      return error;
    };
    const stage = new Stage(["connects", "hangs"], { processException: judge });
    void goRound(stage, readOn);
    await settle();
    await stage.break();
    await stage.pass(100);
    assert.deepEqual([asked, stage.attempts.length], [0, 2]);
  });
});

describe("an abort", () => {
  const reason = new Error("no more");

  for (const reached of ["before the first attempt", "during an attempt", "during a delay"]) {
    for (const form of ["handler", "loop"] as const) {
      test(`${reached} ends the ${form} at once with the signal's reason, and leaves nothing`, async () => {
        const stage = new Stage([reached === "during an attempt" ? "hangs" : refused()]);
        const { aborter, parts } = stage;
        if (reached === "before the first attempt") aborter.abort(reason);
        const done =
          form === "handler"
            ? keepConnected(parts, readOn)
            : eachConnection(parts)[Symbol.asyncIterator]().next();
        done.catch(() => {});
        if (reached !== "before the first attempt") {
          assert.equal(await stateOf(done), "pending");
          aborter.abort(reason);
        }
        await assert.rejects(done, (error) => error === reason);
        assert.equal(stage.attempts.length, reached === "before the first attempt" ? 0 : 1);
        assert.equal(stage.clock.pending, 0);
      });
    }
  }

  test("while processException thinks ends it too", async () => {
    const stage = new Stage([refused()], { processException: () => new Promise(() => {}) });
    const done = goRound(stage, readOn);
    done.catch(() => {});
    await settle();
    stage.aborter.abort(reason);
    await assert.rejects(done, (error) => error === reason);
  });

  test("while a handler runs rejects at once, and closes the connection with 1001", async () => {
    const stage = new Stage(["connects"]);
    const done = goRound(stage, () => new Promise(() => {}));
    done.catch(() => {});
    await settle();
    stage.aborter.abort(reason);
    await assert.rejects(done, (error) => error === reason);
    assert.deepEqual(await stage.peer.got(), ["close 1001"]);
  });

  test("makes nothing of what the handler throws later", async () => {
    const stage = new Stage(["connects"]);
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", listener);
    const done = goRound(stage, readOn);
    done.catch(() => {});
    await settle();
    stage.aborter.abort(reason);
    await assert.rejects(done, (error) => error === reason);
    await stage.peer.finish(1001);
    await settle();
    process.off("unhandledRejection", listener);
    assert.deepEqual(unhandled, []);
  });

  test("during a turn closes its connection with 1001, and the next turn throws", async () => {
    const stage = new Stage(["connects"]);
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    await iterator.next();
    stage.aborter.abort(reason);
    assert.deepEqual(await stage.peer.got(), ["close 1001"]);
    await assert.rejects(iterator.next(), (error) => error === reason);
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
  });

  test("just as a connection opens closes that connection", async () => {
    const stage = new Stage(["connects"]);
    const { open, ...parts } = stage.parts;
    const done = keepConnected(
      {
        ...parts,
        open: async (signal) => {
          const connection = await open(signal);
          stage.aborter.abort(reason);
          return connection;
        },
      },
      readOn,
    );
    await assert.rejects(done, (error) => error === reason);
    assert.deepEqual(await stage.peer.got(), ["close 1001"]);
  });

  test("while the last connection closes does not wait for it", async () => {
    const stage = new Stage(["connects"]);
    const done = goRound(stage, () => {});
    done.catch(() => {});
    await settle();
    stage.aborter.abort(reason);
    await assert.rejects(done, (error) => error === reason);
  });

  test("after the end has nothing to end: no listener is left on the signal", async () => {
    const stage = new Stage(["connects"]);
    const { signal } = stage.aborter;
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove.apply(signal, args);
    };
    const done = goRound(stage, () => {});
    await stage.drop(1000);
    await done;
    const iterator = eachConnection(stage.parts)[Symbol.asyncIterator]();
    await iterator.next();
    const left = iterator.return?.();
    await stage.drop(1000);
    await left;
    await settle();
    assert.equal(listeners, 0);
  });
});
