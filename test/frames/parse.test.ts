import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../../src/frames/errors.ts";
import { applyMask, rotateKey } from "../../src/frames/mask.ts";
import type { Opcode } from "../../src/frames/opcode.ts";
import { FrameParser } from "../../src/frames/parse.ts";
import { headerSize, serialiseFrame, writeHeader } from "../../src/frames/serialise.ts";
import { concat, cutAt, everyCut, hex, toHex, utf8 } from "./bytes.ts";

interface Parsed {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: string;
}

interface Result {
  readonly frames: readonly Parsed[];
  readonly error: ProtocolError | null;
  /** How many bytes had been handed in when the error came. */
  readonly read: number;
}

/** Reads frames as an owner of a parser does, payloads unmasked. */
function parse(pieces: readonly Uint8Array[], masked: boolean, rsvAllowed = 0): Result {
  const parser = new FrameParser(masked, rsvAllowed);
  const frames: Parsed[] = [];
  let payload: Uint8Array | null = null;
  let filled = 0;
  let read = 0;
  for (const piece of pieces) {
    read += piece.length;
    let at = 0;
    while (true) {
      if (payload === null) {
        if (at === piece.length) break;
        try {
          at = parser.read(piece, at, piece.length);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
          return { frames, error, read };
        }
        if (at < 0) {
          assert.ok(parser.isCut);
          break;
        }
        assert.ok(!parser.isCut);
        payload = new Uint8Array(parser.length);
        filled = 0;
      }
      const size = Math.min(payload.length - filled, piece.length - at);
      payload.set(piece.subarray(at, at + size), filled);
      if (masked) applyMask(payload, filled, filled + size, rotateKey(parser.key, filled));
      filled += size;
      at += size;
      if (filled < payload.length) break;
      const { opcode, fin, rsv } = parser;
      frames.push({ opcode, fin, rsv, payload: toHex(payload) });
      payload = null;
    }
  }
  return { frames, error: null, read };
}

const KEY = 0x3d21fa37;
const KEY_HEX = "37fa213d";

/** The same frames as a client sends them, masked. */
function mask(frames: readonly Parsed[]): Uint8Array {
  return concat(
    ...frames.map(({ opcode, fin, rsv, payload }) =>
      serialiseFrame({ opcode: opcode as Opcode, fin, rsv, payload: hex(payload) }, KEY),
    ),
  );
}

const HELLO = toHex(utf8("Hello"));
const TEXT_HELLO = { opcode: 1, fin: true, rsv: 0, payload: HELLO };

/** The examples of RFC 6455 §5.7, and one of each kind and length. */
const FRAMES: readonly (readonly [name: string, digits: string, frames: readonly Parsed[]])[] = [
  ["§5.7: a single-frame unmasked text message", "810548656c6c6f", [TEXT_HELLO]],
  [
    "§5.7: a fragmented unmasked text message",
    "010348656c 80026c6f",
    [
      { opcode: 1, fin: false, rsv: 0, payload: "48656c" },
      { opcode: 0, fin: true, rsv: 0, payload: "6c6f" },
    ],
  ],
  ["§5.7: an unmasked ping", "890548656c6c6f", [{ opcode: 9, fin: true, rsv: 0, payload: HELLO }]],
  ["§5.7: its pong", "8a0548656c6c6f", [{ opcode: 10, fin: true, rsv: 0, payload: HELLO }]],
  [
    "§5.7: 256 bytes of binary message in a single unmasked frame",
    `827e0100 ${"42".repeat(256)}`,
    [{ opcode: 2, fin: true, rsv: 0, payload: "42".repeat(256) }],
  ],
  ["§5.2: an empty text", "8100", [{ opcode: 1, fin: true, rsv: 0, payload: "" }]],
  ["§5.2: an empty binary", "8200", [{ opcode: 2, fin: true, rsv: 0, payload: "" }]],
  ["§5.2: an empty continuation", "0000", [{ opcode: 0, fin: false, rsv: 0, payload: "" }]],
  ["§5.5.1: an empty Close", "8800", [{ opcode: 8, fin: true, rsv: 0, payload: "" }]],
  ["§5.5.1: a Close with a code", "880203e8", [{ opcode: 8, fin: true, rsv: 0, payload: "03e8" }]],
  ["§5.5.2: an empty ping", "8900", [{ opcode: 9, fin: true, rsv: 0, payload: "" }]],
  [
    "§5.5: a ping of 125 bytes",
    `897d${"01".repeat(125)}`,
    [{ opcode: 9, fin: true, rsv: 0, payload: "01".repeat(125) }],
  ],
  [
    "§5.2: the longest of the 7-bit lengths",
    `827d${"02".repeat(125)}`,
    [{ opcode: 2, fin: true, rsv: 0, payload: "02".repeat(125) }],
  ],
  [
    "§5.2: the shortest of the 16-bit lengths",
    `827e007e${"03".repeat(126)}`,
    [{ opcode: 2, fin: true, rsv: 0, payload: "03".repeat(126) }],
  ],
];

describe("FrameParser reads", () => {
  for (const [name, digits, frames] of FRAMES) {
    test(`${name}, on a client, cut anywhere`, () => {
      for (const pieces of everyCut(hex(digits))) {
        assert.deepEqual(parse(pieces, false), { frames, error: null, read: hex(digits).length });
      }
    });

    test(`${name}, masked, on a server, cut anywhere`, () => {
      const bytes = mask(frames);
      for (const pieces of everyCut(bytes)) {
        assert.deepEqual(parse(pieces, true), { frames, error: null, read: bytes.length });
      }
    });
  }

  test("§5.7: a single-frame masked text message", () => {
    for (const pieces of everyCut(hex(`8185 ${KEY_HEX} 7f9f4d5158`))) {
      assert.deepEqual(parse(pieces, true).frames, [TEXT_HELLO]);
    }
  });

  test("§5.7: 64 KiB of binary message in a single unmasked frame, wherever the header is cut", () => {
    const bytes = concat(hex("827f0000000000010000"), new Uint8Array(65_536).fill(7));
    for (let cut = 1; cut < 12; cut += 1) {
      const { frames } = parse(cutAt(bytes, [cut]), false);
      assert.deepEqual(frames, [{ opcode: 2, fin: true, rsv: 0, payload: "07".repeat(65_536) }]);
    }
  });

  test("the longest of the 16-bit lengths, 65 535", () => {
    const bytes = concat(hex("827effff"), new Uint8Array(65_535));
    assert.equal(parse([bytes], false).frames[0]?.payload.length, 2 * 65_535);
  });

  test("lengths that are exact up to 2^53, before any byte of the payload", () => {
    for (const [digits, length] of [
      ["827f 0000000000010000", 65_536],
      ["827f 00000000ffffffff", 2 ** 32 - 1],
      ["827f 0000000100000000", 2 ** 32],
      ["827f 001fffffffffffff", 2 ** 53 - 1],
      ["827f 7fffffffffffffff", 2 ** 63],
    ] as const) {
      const parser = new FrameParser(false);
      assert.equal(parser.read(hex(digits), 0, 10), 10);
      assert.equal(parser.length, length);
    }
  });

  test("a header that does not begin at the chunk's start, and stops at the given end", () => {
    const parser = new FrameParser(false);
    const chunk = hex("ffff 8105 48656c6c6f ff");
    assert.equal(parser.read(chunk, 2, 3), -1);
    assert.equal(parser.read(chunk, 3, 4), 4);
    assert.equal(parser.length, 5);
  });

  test("one frame behind the other in any chunks", () => {
    const frames = FRAMES.flatMap(([, , of]) => of);
    const bytes = mask(frames);
    for (const size of [1, 2, 3, 5, 7, 13, 100, bytes.length]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
      assert.deepEqual(parse(pieces, true).frames, frames);
    }
  });
});

/** [name, section, bytes as a server sends them, message, after how many bytes it is known at the latest] */
const VIOLATIONS: readonly (readonly [string, string, string, string, number])[] = [
  ["RSV1 without an extension", "5.2", "c100", "reserved bits must be 0", 2],
  ["RSV2", "5.2", "a100", "reserved bits must be 0", 2],
  ["RSV3", "5.2", "9100", "reserved bits must be 0", 2],
  ["all three", "5.2", "f100", "reserved bits must be 0", 2],
  ["RSV1 in a ping", "5.2", "c900", "reserved bits must be 0", 2],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) =>
      [`opcode ${opcode}`, "5.2", `8${opcode.toString(16)}00`, "invalid opcode", 2] as const,
  ),
  ["a reserved control opcode in a fragment", "5.2", "0b00", "invalid opcode", 2],
  ...[8, 9, 10].flatMap((opcode) => [
    [
      `control ${opcode} of 126 bytes`,
      "5.5",
      `8${opcode.toString(16)}7e007e${"00".repeat(126)}`,
      "control frame too long",
      2,
    ] as const,
    [
      `control ${opcode} with a 64-bit length`,
      "5.5",
      `8${opcode.toString(16)}7f0000000000010000`,
      "control frame too long",
      2,
    ] as const,
    [
      `fragmented control ${opcode}`,
      "5.5",
      `0${opcode.toString(16)}00`,
      "fragmented control frame",
      2,
    ] as const,
  ]),
  ["125 in 16 bits", "5.2", `827e007d${"00".repeat(125)}`, "length not minimally encoded", 4],
  ["0 in 16 bits", "5.2", "827e0000", "length not minimally encoded", 4],
  ["65 535 in 64 bits", "5.2", "827f000000000000ffff", "length not minimally encoded", 10],
  ["0 in 64 bits", "5.2", "827f0000000000000000", "length not minimally encoded", 10],
  ["the highest bit of a length", "5.2", "827f8000000000000000", "invalid length", 10],
  ["all bits of a length", "5.2", "827fffffffffffffffff", "invalid length", 10],
];

/** A frame in hex as a client sends it: the mask bit and a key of zeros after the length. */
function withMaskBit(digits: string): Uint8Array {
  const bytes = hex(digits);
  const length = bytes[1]! & 0x7f;
  const size = 2 + (length === 126 ? 2 : length === 127 ? 8 : 0);
  const masked = concat(bytes.subarray(0, size), new Uint8Array(4), bytes.subarray(size));
  masked[1] = bytes[1]! | 0x80;
  return masked;
}

describe("FrameParser refuses", () => {
  for (const [name, section, digits, message, known] of VIOLATIONS) {
    test(`§${section}: ${name}, for both sides, cut anywhere, as soon as the header tells`, () => {
      for (const [bytes, masked] of [
        [hex(digits), false],
        [withMaskBit(digits), true],
      ] as const) {
        for (const pieces of everyCut(bytes)) {
          const { frames, error } = parse(pieces, masked);
          assert.deepEqual(frames, []);
          assert.equal(error?.message, message);
          assert.equal(error.closeCode, 1002);
          assert.equal(error.rule, `RFC 6455 §${section}`);
        }
        const { read } = parse(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          masked,
        );
        // The masking key belongs to the header.
        assert.ok(read <= known + (masked && known > 2 ? 4 : 0), `known after ${read} bytes`);
      }
    });
  }

  test("§5.1: an unmasked frame on a server, a masked one on a client, after two bytes", () => {
    for (const [digits, masked] of [
      ["810548656c6c6f", true],
      [`8185 ${KEY_HEX} 7f9f4d5158`, false],
      ["8800", true],
      ["8980 00000000", false],
    ] as const) {
      for (const pieces of everyCut(hex(digits))) {
        const { error } = parse(pieces, masked);
        assert.equal(error?.message, "incorrect masking");
        assert.equal(error.closeCode, 1002);
        assert.equal(error.rule, "RFC 6455 §5.1");
      }
      assert.equal(parse([hex(digits).slice(0, 2)], masked).read, 2);
      assert.notEqual(parse([hex(digits).slice(0, 2)], masked).error, null);
    }
  });

  test("nothing before the violation is lost", () => {
    const { frames, error } = parse([hex("810548656c6c6f 8300")], false);
    assert.deepEqual(frames, [TEXT_HELLO]);
    assert.equal(error?.message, "invalid opcode");
  });
});

describe("FrameParser with bits that an extension claims", () => {
  test("takes the claimed bits in data frames, and tells them", () => {
    assert.equal(parse([hex("c100")], false, 4).frames[0]?.rsv, 4);
    assert.equal(parse([hex("7000")], false, 7).frames[0]?.rsv, 7);
  });

  test("refuses bits that are not claimed, and claimed ones in control frames", () => {
    for (const digits of ["a100", "9100", "e100", "c900", "c800", "ca00"]) {
      assert.equal(parse([hex(digits)], false, 4).error?.message, "reserved bits must be 0");
    }
  });
});

const frameArbitrary = fc
  .record({
    data: fc.boolean(),
    pick: fc.nat(2),
    fin: fc.boolean(),
    rsv: fc.constantFrom(0, 4),
    size: fc.oneof(fc.nat(10), fc.constantFrom(124, 125, 126, 127, 300, 65_535, 65_536)),
    key: fc.integer(),
  })
  .map(({ data, pick, fin, rsv, size, key }) => ({
    key,
    frame: {
      opcode: (data ? pick : 8 + pick) as Opcode,
      fin: data ? fin : true,
      rsv: data ? rsv : 0,
      payload: new Uint8Array(data ? size : Math.min(size, 125)).map(
        (_, index) => index * 7 + pick,
      ),
    },
  }));

describe("frames, there and back", () => {
  for (const masked of [false, true]) {
    test(`what serialiseFrame writes ${masked ? "with" : "without"} a mask, FrameParser reads, cut anywhere`, () => {
      fc.assert(
        fc.property(
          fc.array(frameArbitrary, { maxLength: 4 }),
          fc.array(fc.oneof(fc.nat(40), fc.nat(140_000)), { maxLength: 6 }),
          (given, places) => {
            const bytes = concat(
              ...given.map(({ frame, key }) => serialiseFrame(frame, masked ? key : null)),
            );
            const { frames, error } = parse(cutAt(bytes, places), masked, 4);
            assert.equal(error, null);
            assert.deepEqual(
              frames,
              given.map(({ frame }) => ({ ...frame, payload: toHex(frame.payload) })),
            );
          },
        ),
        { numRuns: 150 },
      );
    });
  }

  test("any bytes are frames or a ProtocolError, the same for every cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.boolean(),
        fc.array(fc.nat(40)),
        (bytes, masked, places) => {
          // The length is cut to what there is, so that no declared length takes memory.
          const tame = bytes.map((byte, index) => (index === 1 ? byte & 0xbf : byte));
          const whole = parse([tame.slice()], masked);
          const cut = parse(cutAt(tame, places), masked);
          assert.deepEqual(cut.frames, whole.frames);
          assert.equal(cut.error?.message, whole.error?.message);
        },
      ),
    );
  });
});

describe("serialiseFrame", () => {
  for (const [name, digits, frames] of FRAMES) {
    test(`${name}: writes the same bytes`, () => {
      const bytes = concat(
        ...frames.map(({ opcode, fin, rsv, payload }) =>
          serialiseFrame({ opcode: opcode as Opcode, fin, rsv, payload: hex(payload) }),
        ),
      );
      assert.equal(toHex(bytes), digits.replaceAll(" ", ""));
    });
  }

  test("§5.7: a single-frame masked text message", () => {
    const frame = { opcode: 1, fin: true, rsv: 0, payload: utf8("Hello") } as const;
    assert.equal(toHex(serialiseFrame(frame, KEY)), `8185${KEY_HEX}7f9f4d5158`);
    assert.equal(toHex(frame.payload), HELLO, "the caller's payload stays as it is");
  });

  test("§5.3: a key of zeros is a key", () => {
    const frame = { opcode: 2, fin: true, rsv: 0, payload: hex("0102") } as const;
    assert.equal(toHex(serialiseFrame(frame, 0)), "8282000000000102");
  });

  test("writes all three reserved bits where they belong", () => {
    for (const [rsv, first] of [
      [4, "c2"],
      [2, "a2"],
      [1, "92"],
    ] as const) {
      const bytes = serialiseFrame({ opcode: 2, fin: true, rsv, payload: new Uint8Array(0) });
      assert.equal(toHex(bytes), `${first}00`);
    }
  });
});

describe("writeHeader and headerSize", () => {
  for (const [length, plain, masked] of [
    [0, "8200", "8280"],
    [125, "827d", "82fd"],
    [126, "827e007e", "82fe007e"],
    [65_535, "827effff", "82feffff"],
    [65_536, "827f0000000000010000", "82ff0000000000010000"],
    [2 ** 32 + 5, "827f0000000100000005", "82ff0000000100000005"],
    [2 ** 53 - 1, "827f001fffffffffffff", "82ff001fffffffffffff"],
  ] as const) {
    test(`§5.2: ${length} bytes have the shortest header that can tell it`, () => {
      const target = new Uint8Array(20).fill(0xee);
      assert.equal(writeHeader(target, 1, 2, true, 0, length, null), 1 + plain.length / 2);
      assert.equal(toHex(target.subarray(1, 1 + plain.length / 2)), plain);
      assert.equal(headerSize(length, false), plain.length / 2);
      assert.equal(writeHeader(target, 1, 2, true, 0, length, KEY), 1 + masked.length / 2 + 4);
      assert.equal(toHex(target.subarray(1, 1 + masked.length / 2 + 4)), masked + KEY_HEX);
      assert.equal(headerSize(length, true), masked.length / 2 + 4);
      assert.equal(target[0], 0xee);
      assert.equal(target[1 + masked.length / 2 + 4], 0xee);
    });
  }
});
