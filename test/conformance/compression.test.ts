import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { corpus } from "../../conformance/data/corpus.ts";
import { Deflater, Inflater } from "../../conformance/wire/deflate.ts";
import {
  chooseAnswer,
  type Negotiation,
  readAnswer,
  serialiseOffers,
} from "../../conformance/wire/negotiation.ts";

describe("Deflater and Inflater", () => {
  for (const windowBits of [8, 9, 12, 15]) {
    for (const contextTakeover of [true, false]) {
      test(`agree with ${windowBits} bits ${contextTakeover ? "with" : "without"} context takeover`, async () => {
        const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), {
          maxLength: 6,
        });
        await fc.assert(
          fc.asyncProperty(messages, async (list) => {
            const deflater = new Deflater({ windowBits, contextTakeover });
            const inflater = new Inflater({ windowBits, contextTakeover });
            for (const message of list) {
              const sent = Buffer.from(message);
              assert.deepEqual(inflater.inflate(await deflater.deflate(sent)), sent);
            }
            deflater.close();
          }),
          { numRuns: 20 },
        );
      });
    }
  }

  test("take the context over: a message that repeats the last one is short", async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true });
    const message = corpus.document.octets().subarray(0, 5000);
    assert.ok((await deflater.deflate(message)).length > 4000);
    assert.ok((await deflater.deflate(message)).length < 200);
    deflater.close();
  });

  test("refuse a peer whose window is larger than agreed", async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true });
    const half = corpus.document.octets().subarray(0, 4000);
    const compressed = await deflater.deflate(Buffer.concat([half, half]));
    deflater.close();
    assert.equal(
      new Inflater({ windowBits: 15, contextTakeover: true }).inflate(compressed).length,
      8000,
    );
    assert.throws(() => new Inflater({ windowBits: 9, contextTakeover: true }).inflate(compressed));
  });

  test("refuse a peer that takes over a context that it gave up", async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true });
    const message = corpus.document.octets().subarray(0, 5000);
    const inflater = new Inflater({ windowBits: 15, contextTakeover: false });
    assert.deepEqual(inflater.inflate(await deflater.deflate(message)), message);
    const second = await deflater.deflate(message);
    deflater.close();
    assert.throws(() => inflater.inflate(second));
  });
});

describe("negotiation", () => {
  const plain: Negotiation = { offers: [{}], answers: [{}] };
  const narrow: Negotiation = {
    offers: [{ serverWindowBits: 9 }],
    answers: [{ clientWindowBits: 9 }],
  };
  const full = { windowBits: 15, contextTakeover: true };

  test("offers the client's two parameters always, and the server's as the case asks", () => {
    const offers = serialiseOffers({
      offers: [{ serverNoContextTakeover: true, serverWindowBits: 9 }, {}],
      answers: [],
    });
    const base = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
    assert.equal(offers, `${base}; server_no_context_takeover; server_max_window_bits=9, ${base}`);
  });

  test("reads a server's answer", () => {
    assert.equal(readAnswer(undefined, plain), null);
    assert.deepEqual(readAnswer("permessage-deflate", plain), { client: full, server: full });
    const answer =
      'permessage-deflate; client_no_context_takeover; client_max_window_bits=12; server_max_window_bits="9"';
    assert.deepEqual(readAnswer(answer, narrow), {
      client: { windowBits: 12, contextTakeover: false },
      server: { windowBits: 9, contextTakeover: true },
    });
  });

  const bad: readonly (readonly [string, Negotiation | undefined])[] = [
    ["permessage-deflate", undefined],
    ["permessage-bzip", plain],
    ["permessage-deflate, permessage-deflate", plain],
    ["permessage-deflate; server_max_window_bits=7", plain],
    ["permessage-deflate; server_max_window_bits", plain],
    ["permessage-deflate; client_max_window_bits", plain],
    ["permessage-deflate; client_no_context_takeover=1", plain],
    ["permessage-deflate; client_no_context_takeover; client_no_context_takeover", plain],
    ["permessage-deflate; window=9", plain],
    ["permessage-deflate", narrow],
    ["permessage-deflate; server_max_window_bits=10", narrow],
  ];
  for (const [field, negotiation] of bad) {
    test(`refuses the answer "${field}" to ${JSON.stringify(negotiation?.offers ?? "no offer")}`, () => {
      assert.throws(() => readAnswer(field, negotiation));
    });
  }

  test("answers a client's offers", () => {
    assert.equal(chooseAnswer(undefined, plain), null);
    assert.equal(chooseAnswer("permessage-deflate", undefined), null);
    assert.equal(chooseAnswer("permessage-deflate; nonsense", plain), null);
    const asked = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10";
    assert.equal(chooseAnswer(asked, plain)?.field, asked);
    assert.equal(chooseAnswer("permessage-deflate", narrow), null);
    const chosen = chooseAnswer(
      "permessage-deflate, permessage-deflate; client_max_window_bits",
      narrow,
    );
    assert.equal(chosen?.field, "permessage-deflate; client_max_window_bits=9");
    assert.deepEqual(chosen?.agreement, {
      client: { windowBits: 9, contextTakeover: true },
      server: full,
    });
  });

  test("tries its answers in their order", () => {
    const three: Negotiation = {
      offers: [],
      answers: [{ clientWindowBits: 9 }, { clientNoContextTakeover: true }, {}],
    };
    assert.equal(
      chooseAnswer("permessage-deflate", three)?.field,
      "permessage-deflate; client_no_context_takeover",
    );
  });
});

describe("the files of groups 12 and 13", () => {
  const sizes = {
    report: 194_056,
    bitmap: 263_222,
    prose: 222_218,
    page: 263_647,
    document: 1_042_328,
  };
  for (const [name, size] of Object.entries(sizes)) {
    const { binary, octets } = corpus[name as keyof typeof sizes];
    test(`${name} has ${size} octets${binary ? "" : " of ASCII"}`, () => {
      assert.equal(octets().length, size);
      if (!binary) assert.ok(octets().every((octet) => octet < 0x80));
    });
  }
});
