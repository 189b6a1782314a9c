import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { expectTypeOf } from "expect-type";
import { type Authentication, basicAuth, type User } from "../../src/server/auth.ts";
import type { ProcessRequest } from "../../src/server/options.ts";

import {
  bearerAuth,
  cookieAuth,
  subprotocolToken,
  type TokenHolder,
} from "../../src/server/token-auth.ts";
import { dialRaw, type request, request as write } from "../support/raw-peer.ts";
import { start } from "../support/server.ts";

type Changes = Parameters<typeof request>[0];

const basic = (text: string | Uint8Array): string =>
  `Basic ${Buffer.from(text as string).toString("base64")}`;
const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

/** What each of `requests` gets from a server with this processRequest, and what data the connections have. */
async function ask(
  t: TestContext,
  processRequest: ProcessRequest<object>,
  requests: readonly Changes[],
  subprotocols: readonly string[] = [],
) {
  const data: unknown[] = [];
  const handler = (connection: { readonly data: unknown }): void => void data.push(connection.data);
  const started = await start(t, handler, {
    processRequest: processRequest as ProcessRequest<never>,
    subprotocols,
  });
  const answers: {
    status: number;
    body: string;
    challenge: string | null;
    subprotocol: string | null;
  }[] = [];
  for (const changes of requests) {
    const peer = await dialRaw(started.port);
    peer.write(write(changes));
    const { status, body, headers } = await peer.head();
    if (status === 101) await peer.frames(1);
    const challenge = headers.get("WWW-Authenticate");
    const subprotocol = headers.get("Sec-WebSocket-Protocol");
    answers.push({ status, body, challenge, subprotocol });
    peer.socket.destroy();
  }
  return { answers, data, log: started.log };
}

const BASIC = 'Basic realm="", charset="UTF-8"';
const BEARER = 'Bearer realm=""';
const REFUSED: readonly (readonly [
  name: string,
  processRequest: ProcessRequest<object>,
  changes: Changes,
  body: string,
  challenge: string,
])[] = [
  ["basicAuth, none", basicAuth({ credentials: ["a", "b"] }), {}, "Missing", BASIC],
  [
    "basicAuth, another scheme",
    basicAuth({ credentials: ["a", "b"] }),
    { Authorization: "Bearer x" },
    "Unsupported",
    BASIC,
  ],
  [
    "basicAuth, malformed base64",
    basicAuth({ credentials: ["a", "b"] }),
    { Authorization: "Basic !!!" },
    "Unsupported",
    BASIC,
  ],
  [
    "basicAuth, sent twice",
    basicAuth({ credentials: ["a", "b"] }),
    { Authorization: [basic("a:b"), basic("a:b")] },
    "Unsupported",
    BASIC,
  ],
  ...(["a:B", "A:b", "a:", ":b", ":", "a:bb", "b:a", "a:d"] as const).map(
    (text) =>
      [
        `basicAuth, ${text} for a:b and c:d`,
        basicAuth({
          realm: 'the "inner" room',
          credentials: [
            ["a", "b"],
            ["c", "d"],
          ],
        }),
        { Authorization: basic(text) },
        "Invalid",
        'Basic realm="the \\"inner\\" room", charset="UTF-8"',
      ] as const,
  ),
  ...[false, null, undefined, later(false), later(null)].map(
    (verdict) =>
      [
        `basicAuth, by a function that says ${typeof verdict}`,
        basicAuth({ credentials: () => verdict as false }),
        { Authorization: basic("a:b") },
        "Invalid",
        BASIC,
      ] as const,
  ),
  ["bearerAuth, none", bearerAuth({ credentials: "t" }), {}, "Missing", BEARER],
  [
    "bearerAuth, another scheme",
    bearerAuth({ credentials: "t" }),
    { Authorization: basic("a:b") },
    "Unsupported",
    BEARER,
  ],
  [
    "bearerAuth, a wrong token",
    bearerAuth({ credentials: ["t", "u"], realm: "r" }),
    { Authorization: "Bearer v" },
    "Invalid",
    'Bearer realm="r", error="invalid_token"',
  ],
  [
    "cookieAuth, none",
    cookieAuth({ name: "sid", credentials: "t" }),
    { Cookie: "xsid=t; sidx=t; sid" },
    "Missing",
    'Cookie realm="", cookie-name=sid',
  ],
  [
    "cookieAuth, a wrong one",
    cookieAuth({ name: "sid", credentials: "t" }),
    { Cookie: "a=b; sid=u; sid=t" },
    "Invalid",
    'Cookie realm="", cookie-name=sid',
  ],
  [
    "subprotocolToken, none",
    subprotocolToken({ credentials: "t" }),
    { "Sec-WebSocket-Protocol": "chat, bearer." },
    "Missing",
    BEARER,
  ],
  [
    "subprotocolToken, a malformed header",
    subprotocolToken({ credentials: "t" }),
    { "Sec-WebSocket-Protocol": "bearer.t, (" },
    "Missing",
    BEARER,
  ],
  [
    "subprotocolToken, a wrong one",
    subprotocolToken({ credentials: "t", prefix: "key." }),
    { "Sec-WebSocket-Protocol": "chat, key.u" },
    "Invalid",
    'Bearer realm="", error="invalid_token"',
  ],
];

describe("a request with credentials that are not taken gets 401 and a challenge", () => {
  for (const [name, processRequest, changes, problem, challenge] of REFUSED) {
    test(name, async (t) => {
      const { answers, data } = await ask(t, processRequest, [changes]);
      assert.deepEqual(answers, [
        { status: 401, body: `${problem} credentials\n`, challenge, subprotocol: null },
      ]);
      assert.deepEqual(data, []);
    });
  }
});

const ADMITTED: readonly (readonly [
  name: string,
  processRequest: ProcessRequest<object>,
  changes: Changes,
  data: object,
])[] = [
  [
    "a pair",
    basicAuth({ credentials: ["ann", "a:b c"] }),
    { Authorization: basic("ann:a:b c") },
    { username: "ann" },
  ],
  [
    "a pair in UTF-8",
    basicAuth({ credentials: ["Zoë", "pässword"] }),
    { Authorization: basic("Zoë:pässword") },
    { username: "Zoë" },
  ],
  [
    "the second of a list of pairs",
    basicAuth({
      credentials: [
        ["a", "b"],
        ["c", "d"],
      ],
    }),
    { Authorization: basic("c:d") },
    { username: "c" },
  ],
  [
    "a function that says true later",
    basicAuth({ credentials: (name, word) => later(name === "a" && word === "b") }),
    { Authorization: basic("a:b") },
    { username: "a" },
  ],
  [
    "a function that says who it is",
    basicAuth({ credentials: (name, _word, { path }) => ({ id: 7, name, path }) }),
    { Authorization: basic("a:b") },
    { id: 7, name: "a", path: "/" },
  ],
  [
    "a bearer's token, scheme in lower case",
    bearerAuth({ credentials: ["t", "u"] }),
    { Authorization: "bearer u" },
    { token: "u" },
  ],
  [
    "a bearer's token that a function knows",
    bearerAuth({ credentials: async (token) => (token === "t" ? { id: 1 } : null) }),
    { Authorization: "Bearer t" },
    { id: 1 },
  ],
  [
    "a cookie among others",
    cookieAuth({ name: "sid", credentials: "t=1" }),
    { Cookie: "a=b;sid=t=1 ; c=d" },
    { token: "t=1" },
  ],
  [
    "a cookie in quotes",
    cookieAuth({ name: "sid", credentials: (token) => ({ session: token }) }),
    { Cookie: 'sid="t"' },
    { session: "t" },
  ],
  [
    "a subprotocol",
    subprotocolToken({ credentials: "eyJh.bGci.x-_" }),
    { "Sec-WebSocket-Protocol": "bearer.eyJh.bGci.x-_, chat" },
    { token: "eyJh.bGci.x-_" },
  ],
];

describe("a request with right credentials comes in, and connection.data says who it is", () => {
  for (const [name, processRequest, changes, data] of ADMITTED) {
    test(name, async (t) => {
      const found = await ask(t, processRequest, [changes]);
      assert.equal(found.answers[0]?.status, 101);
      assert.deepEqual(found.data, [data]);
    });
  }

  test("and a token among the subprotocols is not agreed on, but another that is offered", async (t) => {
    const changes = { "Sec-WebSocket-Protocol": "bearer.t, chat" };
    const check = subprotocolToken({ credentials: "t" });
    const { answers } = await ask(t, check, [changes], ["chat"]);
    assert.equal(answers[0]?.subprotocol, "chat");
  });

  test("and no secret comes into the log", async (t) => {
    const check = basicAuth({ credentials: ["ann", "s3cretword"] });
    const encoded = basic("ann:s3cretword");
    const { log } = await ask(t, check, [
      { Authorization: encoded },
      { Authorization: basic("x:s3cretword") },
    ]);
    const all = log.texts().join("\n");
    assert.ok(all.includes("connection open"), all);
    assert.ok(!all.includes("s3cretword") && !all.includes(encoded.slice(6)), all);
  });
});

describe("a function credentials", () => {
  for (const [name, credentials] of [
    ["that throws", () => Promise.reject(new Error("no database"))],
    ["that returns what is no verdict", () => "yes"],
    ["that returns a count", () => 1],
  ] as const) {
    test(`${name} lets nobody in, gets 500, and is logged`, async (t) => {
      const check = basicAuth({ credentials: credentials as unknown as () => boolean });
      const { answers, log } = await ask(t, check, [{ Authorization: basic("a:b") }]);
      assert.equal(answers[0]?.status, 500);
      assert.deepEqual(log.texts("error"), ["process_request failed"]);
    });
  }
});

describe("an option that is wrong is refused when it is given", () => {
  const right = { credentials: "t" };
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["no credentials", () => basicAuth({} as never), /credentials must be a pair/],
    ["an empty list", () => basicAuth({ credentials: [] }), /credentials must be a pair/],
    ["a number", () => basicAuth({ credentials: ["a", 1] as never }), /credentials must be a pair/],
    [
      "a name alone",
      () => basicAuth({ credentials: ["a"] as never }),
      /credentials must be a pair/,
    ],
    [
      "a list with a slip",
      () => basicAuth({ credentials: [["a", "b"], "c"] as never }),
      /credentials must be a pair/,
    ],
    ["an unknown one", () => basicAuth({ user: "a" } as never), /basicAuth has no option "user"/],
    ["nothing", () => basicAuth(undefined as never), /options of basicAuth/],
    [
      "a realm with a line",
      () => basicAuth({ realm: "a\r\nb", credentials: ["a", "b"] }),
      /realm is .* printable ASCII/,
    ],
    ["a realm that is a number", () => bearerAuth({ ...right, realm: 1 as never }), /realm is 1/],
    ["an empty token", () => bearerAuth({ credentials: "" }), /credentials must be a token/],
    ["no token", () => bearerAuth({ credentials: [] }), /credentials must be a token/],
    ["an unknown one", () => bearerAuth({ ...right, tokens: 1 } as never), /no option "tokens"/],
    ["no cookie's name", () => cookieAuth(right as never), /name is undefined/],
    ["a cookie's name with a space", () => cookieAuth({ ...right, name: "a b" }), /name is "a b"/],
    ["an unknown one", () => cookieAuth({ ...right, cookie: "a" } as never), /no option "cookie"/],
    ["a prefix that is no token", () => subprotocolToken({ ...right, prefix: "a," }), /prefix is/],
    [
      "an unknown one",
      () => subprotocolToken({ ...right, name: "a" } as never),
      /no option "name"/,
    ],
  ];
  for (const [name, call, says] of cases) {
    test(`${says.source}: ${name}`, () => {
      assert.throws(call, (error) => error instanceof TypeError && says.test(error.message));
    });
  }

  test("and no error has a secret in it", () => {
    assert.throws(
      () => basicAuth({ credentials: [["ann", "s3cretword", "x"]] as never }),
      (error) => error instanceof Error && !error.message.includes("s3cretword"),
    );
  });
});

test("the type of connection.data is what the function credentials says", () => {
  expectTypeOf(basicAuth({ credentials: ["a", "b"] })).toEqualTypeOf<Authentication<User>>();
  expectTypeOf(basicAuth({ credentials: (name) => name === "a" })).toEqualTypeOf<
    Authentication<User>
  >();
  expectTypeOf(basicAuth({ credentials: (name) => ({ name }) })).toEqualTypeOf<
    Authentication<{ name: string }>
  >();
  expectTypeOf(
    bearerAuth({ credentials: async (token) => (token === "" ? null : { id: 1 }) }),
  ).toEqualTypeOf<Authentication<{ id: number }>>();
  expectTypeOf(bearerAuth({ credentials: ["t"] })).toEqualTypeOf<Authentication<TokenHolder>>();
});
