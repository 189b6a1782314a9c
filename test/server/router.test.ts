import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { expectTypeOf } from "expect-type";
import { attach } from "../../src/server/attach.ts";
import { basicAuth, type User } from "../../src/server/auth.ts";
import { compilePath } from "../../src/server/route-path.ts";
import { type Route, route, router } from "../../src/server/router.ts";
import {
  bearerAuth,
  cookieAuth,
  subprotocolToken,
  type TokenHolder,
} from "../../src/server/token-auth.ts";
import { dialRaw, request } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

const PATHS: readonly (readonly [path: string, pathname: string, found: object | null])[] = [
  ["/", "/", {}],
  ["/", "/a", null],
  ["/a/b", "/a/b", {}],
  ["/a/b", "/a/b/", null],
  ["/a", "/A", null],
  ["/chat/:room", "/chat/7", { room: "7" }],
  ["/chat/:room", "/chat/", null],
  ["/chat/:room", "/chat/7/", null],
  ["/chat/:room", "/chat/7/8", null],
  ["/chat/:room", "/chat/a%20b%2Fc", { room: "a b/c" }],
  ["/chat/:room", "/chat/%C3%A9", { room: "é" }],
  ["/chat/:room", "/chat/%FF", null],
  ["/chat/:room", "/chat/%", null],
  ["/:a/x/:b", "/1/x/2", { a: "1", b: "2" }],
  ["/:a/x/:b", "/1/y/2", null],
  ["/:__proto__", "/1", Object.fromEntries([["__proto__", "1"]])],
  ["/files/*", "/files/", { 0: "" }],
  ["/files/*", "/files/a/b%20c", { 0: "a/b c" }],
  ["/files/*", "/files", null],
  ["/:user/*", "/ann/a/b", { user: "ann", 0: "a/b" }],
  ["/é b", "/%C3%A9%20b", {}],
];

describe("a path", () => {
  for (const [path, pathname, found] of PATHS) {
    test(`${path} ${found === null ? "does not match" : "matches"} ${pathname}`, () => {
      const got = compilePath(path.replace(" ", "%20"))(pathname);
      assert.deepEqual(got === null ? null : Object.entries(got), found && Object.entries(found));
    });
  }

  for (const path of [
    "",
    "chat",
    "/:",
    "/a:b",
    "/*/a",
    "/a*",
    "/(a)",
    "/a?",
    "/{a}",
    "/:a/:a",
    "/:a-:b",
    "/ a",
    7,
  ]) {
    test(`${JSON.stringify(path)} is refused`, () => {
      assert.throws(() => route(path as string, { handler: () => {} }), TypeError);
    });
  }

  test("gives its parameters their types", () => {
    route("/chat/:room/users/:user", {
      handler: (_connection, parameters) => {
        expectTypeOf(parameters).toEqualTypeOf<{ readonly room: string; readonly user: string }>();
      },
    });
    route("/files/*", {
      handler: (_connection, parameters) => {
        expectTypeOf(parameters).toEqualTypeOf<{ readonly 0: string }>();
      },
    });
    route("/", {
      handler: (connection, parameters) => {
        expectTypeOf<keyof typeof parameters>().toEqualTypeOf<never>();
        expectTypeOf(connection.data).toEqualTypeOf<undefined>();
      },
    });
    route("/a/:b", {
      processRequest: () => ({ data: { id: 1 } }),
      handler: (connection, { b }) => {
        expectTypeOf(connection.data).toEqualTypeOf<{ id: number }>();
        expectTypeOf(b).toEqualTypeOf<string>();
      },
    });
  });

  test("gives the data of who has come in its type, also of a helper written where it is used", () => {
    router([
      route("/pair", {
        processRequest: basicAuth({ credentials: ["ann", "x"] }),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<User>(),
      }),
      route("/pairs/:id", {
        processRequest: basicAuth({ credentials: [["ann", "x"]] }),
        handler: ({ data }, { id }) => {
          expectTypeOf(data).toEqualTypeOf<User>();
          expectTypeOf(id).toEqualTypeOf<string>();
        },
      }),
      route("/verdict", {
        processRequest: basicAuth({ credentials: (username) => username === "ann" }),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<User>(),
      }),
      route("/identity", {
        processRequest: basicAuth({
          credentials: async (username) => (username === "ann" ? { id: 1 } : null),
        }),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<{ id: number }>(),
      }),
      route("/token", {
        processRequest: bearerAuth({ credentials: ["t"] }),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<TokenHolder>(),
      }),
      route("/cookie", {
        processRequest: cookieAuth({ name: "id", credentials: (token) => ({ token, id: 1 }) }),
        handler: ({ data }) =>
          void expectTypeOf(data).toEqualTypeOf<{ token: string; id: number }>(),
      }),
      route("/subprotocol", {
        processRequest: subprotocolToken({ credentials: (token) => token === "t" }),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<TokenHolder>(),
      }),
      route("/function", {
        processRequest: (request) =>
          request.path === "/health" ? new Response("fine") : { data: { id: 1 } },
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<{ id: number }>(),
      }),
      route("/answer", {
        processRequest: () => new Response("fine"),
        handler: ({ data }) => void expectTypeOf(data).toEqualTypeOf<undefined>(),
      }),
    ]);
  });
});

async function ask(port: number, path: string, headers: Parameters<typeof request>[0] = {}) {
  const peer = await dialRaw(port);
  peer.write(request(headers, `GET ${path} HTTP/1.1`));
  const { status } = await peer.head();
  const text = status === 101 ? (await peer.frames(1))[0] : null;
  peer.socket.destroy();
  return text ?? status;
}

/** What URLPattern does for /n/:id. */
const pattern = {
  pathname: "/n/:id",
  exec: ({ pathname }: { pathname: string }) => {
    const id = /^\/n\/([^/]+)$/.exec(pathname)?.[1];
    return id === undefined ? null : { pathname: { groups: { id } } };
  },
};

const onlyAnn = basicAuth({ credentials: ["ann", "x"] });

const ROUTES: readonly Route[] = [
  route("/chat/:room", { handler: (connection, { room }) => connection.send(`room ${room}`) }),
  route("/chat/*", { handler: (connection) => connection.send("never of one segment") }),
  route("/admin", {
    processRequest: onlyAnn,
    handler: (connection) => connection.send(`hello ${connection.data.username}`),
  }),
  route("/health", { processRequest: () => new Response("fine"), handler: () => {} }),
  route(pattern, { handler: (connection, { id }) => connection.send(`number ${id}`) }),
];

describe("a router", () => {
  test("gives each request to the first route that matches, with its parameters and data", async (t) => {
    const { handler, ...options } = router(ROUTES);
    const { port } = await start<unknown>(t, handler, options);
    const admin = { Authorization: `Basic ${btoa("ann:x")}` };
    assert.equal(await ask(port, "/chat/7?x=/y"), "text room 7");
    assert.equal(await ask(port, "/chat/7/8"), "text never of one segment");
    assert.equal(await ask(port, "/a/../chat/%41"), "text room A");
    assert.equal(await ask(port, "/n/5"), "text number 5");
    assert.equal(await ask(port, "/admin"), 401);
    assert.equal(await ask(port, "/admin", admin), "text hello ann");
    assert.equal(await ask(port, "/health"), 200);
    assert.equal(await ask(port, "/other"), 404);
  });

  test("leaves others to the other servers on the same port", async (t) => {
    const http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(() => http.close());
    const quiet = { logger: null };
    const one = attach(http, { ...router(ROUTES), ...quiet });
    const two = attach(http, {
      ...router([
        route("/two/:x", { handler: (connection, { x }) => connection.send(`two ${x}`) }),
      ]),
      ...quiet,
    });
    t.after(() => Promise.all([one.close(), two.close()]));
    const { port } = http.address() as AddressInfo;
    assert.equal(await ask(port, "/chat/7"), "text room 7");
    assert.equal(await ask(port, "/two/7"), "text two 7");
    assert.equal(await ask(port, "/three"), 404);
  });

  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "a path that is there twice",
      () => router([...ROUTES, route("/admin", { handler: () => {} })]),
      /twice/,
    ],
    [
      "what is no list",
      () => router(route("/a", { handler: () => {} }) as never),
      /list of what route/,
    ],
    ["what is no route", () => router([{ path: "/" }] as never), /list of what route/],
    ["no handler", () => route("/a", {} as never), /handler of a route is undefined/],
    ["an unknown option", () => route("/a", { handle: 1 } as never), /no option "handle"/],
    [
      "a processRequest that is none",
      () => route("/a", { handler: () => {}, processRequest: 1 as never }),
      /processRequest is 1/,
    ],
  ];
  for (const [name, call, says] of cases) {
    test(`refuses ${name}`, () => {
      assert.throws(call, (error) => error instanceof TypeError && says.test(error.message));
    });
  }
});
