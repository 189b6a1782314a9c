/** A tunnel through a package that speaks SOCKS, played by functions. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { LookupFunction, Socket } from "node:net";
import { describe, test } from "node:test";
import { ProxyError } from "../../src/http/errors.ts";
import {
  openSocksTunnel,
  type SocksRequest,
  type SocksScheme,
  type SocksTunnelOptions,
} from "../../src/node/socks-proxy.ts";

/** As much of a socket as is needed. */
class Pipe extends EventEmitter {
  destroyed = false;

  write(): boolean {
    return true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

const pipe = (): Socket & Pipe => new Pipe() as never;

function optionsFor(
  scheme: SocksScheme,
  more: Partial<SocksTunnelOptions> = {},
): SocksTunnelOptions {
  return {
    scheme,
    proxy: { host: "proxy.example", port: 1080 },
    credentials: null,
    destination: { host: "server.example", port: 443 },
    lookup: undefined,
    timeout: null,
    signal: new AbortController().signal,
    ...more,
  };
}

/** Knows every name, and says which family it was asked for. */
const lookup: LookupFunction = (_host, { family, all }, callback) => {
  assert.equal(all, false);
  callback(null, family === 4 ? "192.0.2.4" : "2001:db8::6", family === 4 ? 4 : 6);
};

describe("openSocksTunnel()", () => {
  const cases: readonly (readonly [scheme: SocksScheme, type: 4 | 5, host: string])[] = [
    ["socks5h", 5, "server.example"],
    ["socks5", 5, "2001:db8::6"],
    ["socks4a", 4, "server.example"],
    ["socks4", 4, "192.0.2.4"],
  ];
  for (const [scheme, type, host] of cases) {
    test(`by ${scheme} asks for version ${type} and ${host}`, async () => {
      const [socket, answer] = [pipe(), pipe()];
      const asked: SocksRequest[] = [];
      const opened = await openSocksTunnel(
        async (request) => {
          asked.push(request);
          return { socket: answer };
        },
        socket,
        optionsFor(scheme, { lookup }),
      );
      assert.equal(opened, answer);
      assert.deepEqual(asked, [
        {
          command: "connect",
          proxy: { host: "proxy.example", port: 1080, type },
          destination: { host, port: 443 },
          existing_socket: socket,
        },
      ]);
    });
  }

  test("hands on credentials and the time that is left, and looks up no address", async () => {
    const socket = pipe();
    let asked: SocksRequest | undefined;
    await openSocksTunnel(
      async (request) => {
        asked = request;
        return { socket };
      },
      socket,
      optionsFor("socks5", {
        credentials: { username: "me", password: "secret" },
        destination: { host: "2001:db8::1", port: 80 },
        timeout: 5000,
        lookup: () => assert.fail("there is nothing to look up"),
      }),
    );
    assert.deepEqual(asked?.proxy, {
      host: "proxy.example",
      port: 1080,
      type: 5,
      userId: "me",
      password: "secret",
    });
    assert.equal(asked?.destination.host, "2001:db8::1");
    assert.equal(asked?.timeout, 5000);
  });

  for (const [name, thrown, text] of [
    ["an error", new Error("Socks5 proxy rejected connection - NotAllowed"), "NotAllowed"],
    ["no error", "not today", "not today"],
  ] as const) {
    test(`rejects with a ProxyError when the package throws ${name}`, async () => {
      const socket = pipe();
      const opened = openSocksTunnel(() => Promise.reject(thrown), socket, optionsFor("socks5h"));
      await assert.rejects(opened, (error) => {
        assert.ok(error instanceof ProxyError);
        assert.match(error.message, new RegExp(`^no tunnel through the SOCKS proxy: .*${text}$`));
        assert.equal(error.cause, thrown);
        return true;
      });
      assert.ok(socket.destroyed);
    });
  }

  test("rejects when the package throws synchronously", async () => {
    const opened = openSocksTunnel(
      () => {
        throw new RangeError("no");
      },
      pipe(),
      optionsFor("socks5h"),
    );
    await assert.rejects(opened, ProxyError);
  });

  for (const answer of [undefined, null, {}, { socket: {} }]) {
    test(`rejects when it gets ${JSON.stringify(answer)} for a socket`, async () => {
      const socket = pipe();
      const opened = openSocksTunnel(async () => answer as never, socket, optionsFor("socks5h"));
      await assert.rejects(opened, {
        name: "TypeError",
        message: /must resolve with \{ socket \}/,
      });
      assert.ok(socket.destroyed);
    });
  }

  test("rejects when the name cannot be looked up", async () => {
    const socket = pipe();
    const missing = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    const opened = openSocksTunnel(
      () => assert.fail("there is nowhere to go"),
      socket,
      optionsFor("socks5", { lookup: (_host, _options, callback) => callback(missing, "", 0) }),
    );
    await assert.rejects(opened, (error) => error === missing);
    assert.ok(socket.destroyed);
  });

  test("aborted while it looks up, rejects at once", async () => {
    const aborter = new AbortController();
    const { signal } = aborter;
    const socket = pipe();
    const options = optionsFor("socks5", { signal, lookup: () => {} });
    const opened = openSocksTunnel(() => assert.fail("it is over"), socket, options);
    aborter.abort(new Error("no more"));
    await assert.rejects(opened, { message: "no more" });
    assert.ok(socket.destroyed);
  });

  test("aborted while the package works, rejects at once and destroys what comes late", async () => {
    const aborter = new AbortController();
    const [socket, late] = [pipe(), pipe()];
    let answer: (value: { socket: Socket }) => void = () => {};
    const opened = openSocksTunnel(
      () => new Promise((resolve) => (answer = resolve)),
      socket,
      optionsFor("socks5h", { signal: aborter.signal }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    aborter.abort(new Error("no more"));
    await assert.rejects(opened, { message: "no more" });
    assert.ok(socket.destroyed);
    answer({ socket: late });
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(late.destroyed);
  });
});
