import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type RedactRule, redactHeader, redactPath } from "../../src/logging/redact.ts";

describe("redactHeader", () => {
  const HIDDEN: readonly (readonly [string, string, string])[] = [
    ["Authorization", "Basic dXNlcjpwYXNz", "Basic ***"],
    ["authorization", "Bearer abc.def.ghi", "Bearer ***"],
    ["Authorization", "bearer abc", "bearer ***"],
    ["Authorization", "abcdef", "***"],
    ["Authorization", "secret with spaces", "***"],
    ["Authorization", "Digest username=x, response=y", "Digest ***"],
    ["Proxy-Authorization", "Basic dXNlcjpwYXNz", "Basic ***"],
    ["Cookie", "session=1; theme=dark", "***"],
    ["Set-Cookie", "session=1; HttpOnly", "***"],
    ["X-Api-Key", "k", "***"],
    ["apikey", "k", "***"],
    ["X-Auth-Token", "t", "***"],
    ["X-Amz-Security-Token", "t", "***"],
    ["X-Client-Secret", "t", "***"],
    ["Location", "/in?access_token=abc&room=1", "/in?access_token=***&room=1"],
    [
      "Referer",
      "https://user:pass@host/a?sig=1#id_token=2",
      "https://***@host/a?sig=***#id_token=***",
    ],
    ["Sec-WebSocket-Protocol", "access_token, abcd", "access_token, ***"],
    ["Sec-WebSocket-Protocol", "Bearer, abcd, chat", "Bearer, ***, chat"],
    ["Sec-WebSocket-Protocol", "chat, 9f86d081884c7d659a2feaa0c55ad015", "chat, ***"],
    ["sec-websocket-protocol", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "***"],
    ["Sec-WebSocket-Protocol", "6f1e0f1a-3f2b-4c55-9d6e-0a1b2c3d4e5f", "***"],
    [
      "Sec-WebSocket-Protocol",
      "realtime, openai-insecure-api-key.sk-abcdef, beta",
      "realtime, ***, beta",
    ],
    ["Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io.YWJj", "***"],
  ];
  for (const [name, value, expected] of HIDDEN) {
    test(`shows ${name}: ${value} as ${expected}`, () => {
      assert.equal(redactHeader(name, value), expected);
    });
  }

  const SHOWN: readonly (readonly [string, string])[] = [
    ["Host", "localhost:8765"],
    [":authority", "localhost:8765"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=12"],
    ["WWW-Authenticate", 'Basic realm="x"'],
    ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"],
    ["X-Forwarded-For", "192.0.2.1"],
    ...[
      "chat",
      "chat, superchat",
      "graphql-transport-ws",
      "graphql-ws",
      "mqtt",
      "v12.stomp, v11.stomp, v10.stomp",
      "wamp.2.json.batched",
      "ocpp2.0.1",
      "v4.channel.k8s.io",
      "actioncable-v1-json, actioncable-unsupported",
      "vnd.example.telemetry-2024-01-15",
    ].map((value) => ["Sec-WebSocket-Protocol", value] as const),
  ];
  for (const [name, value] of SHOWN) {
    test(`shows ${name}: ${value} as it is`, () => {
      assert.equal(redactHeader(name, value), value);
    });
  }
});

describe("redactPath", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["/chat", "/chat"],
    ["/", "/"],
    ["*", "*"],
    ["", ""],
    ["/chat?room=1", "/chat?room=1"],
    ["/chat?token=abc", "/chat?token=***"],
    ["/chat?token=abc&room=1", "/chat?token=***&room=1"],
    ["/chat?room=1&TOKEN=abc", "/chat?room=1&TOKEN=***"],
    ["/chat?token=a=b=c", "/chat?token=***"],
    ["/chat?token=", "/chat?token="],
    ["/chat?token", "/chat?token"],
    ["/chat?api_key=1;secret=2;password=3", "/chat?api_key=***;secret=***;password=***"],
    ["/chat?auth=1&X-Amz-Signature=2", "/chat?auth=***&X-Amz-Signature=***"],
    ["/chat?to%6ben=abc", "/chat?to%6ben=***"],
    ["/chat?t%zzoken=abc", "/chat?t%zzoken=abc"],
    ["/chat?room=1?token=abc", "/chat?room=1?token=***"],
    ["/chat#access_token=abc&x=1", "/chat#access_token=***&x=1"],
    ["/chat?next=%2Flogin%3Ftoken%3Dabc", "/chat?next=***"],
    ["/chat?next=%252Flogin%253Ftoken%253Dabc", "/chat?next=***"],
    ["/chat?next=%2Flogin%3Froom%3D1", "/chat?next=%2Flogin%3Froom%3D1"],
    ["/chat?name=J%C3%BCrgen%20M", "/chat?name=J%C3%BCrgen%20M"],
    ["wss://user:pass@host/chat?a=1", "wss://***@host/chat?a=1"],
    ["/@user/chat", "/@user/chat"],
  ];
  for (const [path, expected] of CASES) {
    test(`shows ${path || "nothing"} as ${expected || "nothing"}`, () => {
      assert.equal(redactPath(path), expected);
    });
  }

  test("never shows the value of a secret parameter, wherever it stands", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abcxyz019-._~%2 "), maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, word), { maxLength: 4 }),
        fc.constantFrom("token", "KEY", "my_secret", "passwordHash", "x-auth", "Sig"),
        fc.nat(4),
        (pairs, name, at) => {
          const query = pairs.map(([one, two]) => `${one}=${two}`);
          query.splice(at, 0, `${name}=HIDEME`);
          assert.ok(!redactPath(`/p?${query.join("&")}`).includes("HIDEME"));
        },
      ),
    );
  });

  test("takes a time that grows with the length alone", () => {
    for (const text of [
      "://".repeat(20_000),
      `?${"a=".repeat(30_000)}`,
      `?a=${"%25".repeat(20_000)}`,
    ]) {
      assert.equal(typeof redactPath(text), "string");
    }
  });
});

describe("a rule", () => {
  test("that is false shows everything", () => {
    assert.equal(redactHeader("Authorization", "Basic abc", false), "Basic abc");
    assert.equal(redactHeader("Cookie", "a=b", false), "a=b");
    assert.equal(redactPath("/?token=abc", false), "/?token=abc");
  });

  test("that is a list hides those names too, in any case", () => {
    const rule: RedactRule = ["X-Forwarded-For", "room"];
    assert.equal(redactHeader("x-forwarded-for", "192.0.2.1", rule), "***");
    assert.equal(redactHeader("Authorization", "Basic abc", rule), "Basic ***");
    assert.equal(redactHeader("Host", "h", rule), "h");
    assert.equal(redactPath("/?ROOM=1&token=2&x=3", rule), "/?ROOM=***&token=***&x=3");
  });

  test("that is a function is asked for each header and parameter, and may leave it", () => {
    const asked: string[] = [];
    const rule: RedactRule = (name, value, place) => {
      asked.push(`${place} ${name}=${value}`);
      if (name === "token") return value.slice(0, 2);
      if (name === "room") return true;
      if (name === "Cookie") return false;
      return undefined;
    };
    assert.equal(redactPath("/?token=abcd&room=1&key=2", rule), "/?token=ab&room=***&key=***");
    assert.equal(redactHeader("Cookie", "a=b", rule), "a=b");
    assert.equal(redactHeader("Authorization", "Bearer a", rule), "Bearer ***");
    assert.deepEqual(asked, [
      "parameter token=abcd",
      "parameter room=1",
      "parameter key=2",
      "header Cookie=a=b",
      "header Authorization=Bearer a",
    ]);
  });

  test("that throws hides the value", () => {
    const rule: RedactRule = () => {
      throw new Error("no");
    };
    assert.equal(redactHeader("Host", "h", rule), "***");
    assert.equal(redactPath("/?a=1", rule), "/?a=***");
  });
});
