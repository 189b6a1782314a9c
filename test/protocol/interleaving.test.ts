/**
 * Every order in which two sessions can send, ping, close, answer, lose the end of a stream, have their timers fire, and be
 * cut off from each other, to a fixed depth: nothing is lost, each ends with one closure, and there is no state without a
 * way out.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Session } from "../../src/protocol/session.ts";
import type { SessionSink, SessionTap } from "../../src/protocol/sink.ts";
import type { State } from "../../src/protocol/state.ts";
import { SIDES, type Side, StrictOutput } from "./bench.ts";

/** One end: its session, and what is on its way from it, a chunk for each step that wrote something. */
class End implements SessionSink, SessionTap {
  readonly session: Session;
  readonly heard: string[] = [];
  readonly given: string[] = [];
  readonly states: State[] = [];
  readonly way: Uint8Array[] = [];
  pings = 0;
  pongs = 0;
  /** Whether a Close frame is owed. */
  owes = false;
  /** Whether the end of its stream has been carried. */
  endCarried = false;
  /** Whether its timer for closing has fired, so that it has cut the connection. */
  aborted = false;
  /** How many messages it had sent when somebody on the way ended its stream; null: nobody has. */
  severedAfter: number | null = null;
  readonly #out = new StrictOutput();

  constructor(side: Side) {
    const makeKey = side === "client" ? () => 0x01020304 : null;
    this.session = new Session({ side, maxSize: 100, text: "string", makeKey }, this.#out);
    this.session.tap = this;
  }

  get ended(): boolean {
    return this.#out.ended > 0 || this.aborted;
  }

  /** Whether its stream ends behind what is on its way, by itself or otherwise. */
  get streamEnds(): boolean {
    return this.ended || this.severedAfter !== null;
  }

  /** What was written goes on its way, as long as there is one. */
  flush(): void {
    if (this.#out.at === 0) return;
    const bytes = this.#out.take();
    if (this.severedAfter === null) this.way.push(bytes);
  }

  receive(chunk: Uint8Array): void {
    const stop = this.session.receive(chunk, this);
    assert.notEqual(stop, "failing", "neither side breaks a rule");
    if (stop === "closing") this.owes = true;
  }

  answer(): void {
    this.owes = false;
    this.session.answer();
  }

  onText(text: string): void {
    this.heard.push(text);
  }

  onData(): void {}

  onPong(): void {
    this.pongs += 1;
  }

  onFrame(): void {}

  onState(state: State): void {
    this.states.push(state);
  }

  onEof(): void {}

  onFailing(): void {}
}

class World {
  readonly client = new End("client");
  readonly server = new End("server");
  cut = false;

  /** Whether something can be carried from one end to the other: a chunk, or the end of the stream. */
  canCarry(from: End): boolean {
    return !this.cut && (from.way.length > 0 || (from.streamEnds && !from.endCarried));
  }

  carry(from: End, to: End): void {
    const chunk = from.way.shift();
    if (chunk === undefined) from.endCarried = true;
    // Whoever has cut the connection has let go of its socket.
    if (to.aborted) return;
    if (chunk !== undefined) {
      to.receive(chunk);
      return;
    }
    // As an owner does: what is owed can still reach a peer that has ended its own direction only.
    if (to.owes) to.answer();
    to.session.receiveEof();
  }
}

interface Action {
  readonly name: string;
  can(world: World): boolean;
  do(world: World): void;
}

const ACTIONS: readonly Action[] = [
  ...SIDES.flatMap((side): Action[] => {
    const other = side === "client" ? "server" : "client";
    const isOpen = (world: World): boolean => world[side].session.state === "open";
    return [
      {
        name: `${side} sends`,
        can: isOpen,
        do: ({ [side]: end }) => {
          const text = `${side} ${end.given.length}`;
          end.session.sendText(text);
          end.given.push(text);
        },
      },
      {
        name: `${side} pings`,
        can: isOpen,
        do: ({ [side]: end }) => {
          end.session.sendPing(new Uint8Array(1));
          end.pings += 1;
        },
      },
      {
        name: `${side} closes`,
        can: isOpen,
        do: ({ [side]: end }) => end.session.sendClose(1000, ""),
      },
      {
        name: `${side}'s keepalive timer fires`,
        can: isOpen,
        do: ({ [side]: end }) => end.session.fail(1011, "keepalive ping timeout", null, false),
      },
      {
        name: `${side}'s timer for closing fires`,
        can: (world) => world[side].session.state === "closing",
        do: ({ [side]: end }) => {
          end.session.abort();
          end.aborted = true;
        },
      },
      {
        name: `${side}'s stream is ended on the way`,
        can: (world) => !world.cut && !world[side].streamEnds,
        do: ({ [side]: end }) => {
          end.severedAfter = end.given.length;
        },
      },
      {
        name: `${side} answers`,
        can: (world) => world[side].owes,
        do: (world) => world[side].answer(),
      },
      {
        name: `${side} hears`,
        can: (world) => world.canCarry(world[other]),
        do: (world) => world.carry(world[other], world[side]),
      },
    ];
  }),
  {
    name: "the connection is cut",
    can: ({ cut }) => !cut,
    do: (world) => {
      world.cut = true;
      world.client.session.receiveEof();
      world.server.session.receiveEof();
    },
  },
];

function act(world: World, action: Action): void {
  action.do(world);
  world.client.flush();
  world.server.flush();
}

/** Lets everything arrive, and the client close what is open still. */
function settle(world: World): void {
  const { client, server } = world;
  const rest = ACTIONS.filter(({ name }) => /hears|answers/.test(name));
  for (let steps = 0; ; steps += 1) {
    assert.ok(steps < 100, "the two never come to an end");
    const next = rest.find((action) => action.can(world));
    if (next !== undefined) act(world, next);
    else if (client.session.state === "open") {
      client.session.sendClose(1000, "");
      client.flush();
    } else break;
  }
  // A client that has failed waits for the server's end, which comes: the server has heard its Close.
  assert.equal(client.session.state, "closed");
  assert.equal(server.session.state, "closed");
}

function check(world: World, failed: boolean): void {
  for (const [end, other] of [
    [world.client, world.server],
    [world.server, world.client],
  ] as const) {
    assert.equal(end.states.filter((state) => state === "closed").length, 1);
    assert.equal(end.states.at(-1), "closed");
    assert.ok(end.states.length <= 2);
    assert.ok(end.ended);
    assert.ok(end.pongs <= end.pings);
    const { sent, received, order } = end.session;
    assert.equal(order === null, sent === null && received === null);
    if (received !== null) assert.deepEqual(received, other.session.sent);
    // What arrives comes in order and once.
    assert.deepEqual(end.heard, other.given.slice(0, end.heard.length));
    if (world.cut || failed) continue;
    // What was sent before somebody ended the stream arrives; all of it, where nobody did.
    const arrives = other.severedAfter ?? other.given.length;
    assert.ok(end.heard.length >= arrives, `${end.heard.length} of ${arrives} messages`);
    if (end.severedAfter !== null || other.severedAfter !== null) continue;
    assert.ok(sent !== null && received !== null);
  }
}

/** Actions that only the outside world or the passing of time takes. */
const FOREIGN = /closing fires|on the way/;

/** Every path of `depth` steps out of `actions`; each is played from the beginning. @returns How many there are. */
function explore(depth: number, actions: readonly Action[] = ACTIONS): number {
  let paths = 0;
  const path: number[] = [];
  const visit = (): void => {
    const world = new World();
    for (const index of path) act(world, actions[index]!);
    const possible = actions.flatMap((action, index) => (action.can(world) ? [index] : []));
    paths += 1;
    const failed = path.some((index) => actions[index]!.name.endsWith("fires"));
    try {
      settle(world);
      check(world, failed);
    } catch (error) {
      const steps = path.map((index) => actions[index]!.name).join(", then ");
      throw new Error(`after: ${steps || "nothing"}`, { cause: error });
    }
    if (path.length === depth) return;
    for (const index of possible) {
      path.push(index);
      visit();
      path.pop();
    }
  };
  visit();
  return paths;
}

describe("two sessions", () => {
  test("come to an end from every order of up to five steps", () => {
    const paths = explore(5);
    assert.ok(paths > 50_000, `${paths} paths`);
  });

  test("come to an end from every order of up to six steps of their own", () => {
    const paths = explore(
      6,
      ACTIONS.filter(({ name }) => !FOREIGN.test(name)),
    );
    assert.ok(paths > 50_000, `${paths} paths`);
  });
});
