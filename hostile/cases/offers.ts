/** Offers of extensions that are not well (RFC 6455 §9.1, RFC 7692 §7.1). */

import { Inflater } from "../../conformance/wire/deflate.ts";
import { text } from "../../conformance/wire/frame.ts";
import { faultOfResponse } from "../../conformance/wire/head.ts";
import { type Case, makeCase, Unexpected } from "../case.ts";
import { closeWell, describe, expectService } from "../expect.ts";
import type { ServerSubject } from "../server-subject.ts";
import { answerOf, expectRefusal, sendRequest } from "./request.ts";

/** `declined`: 101 without the extension, or a refusal. `either`: whatever is legal. */
interface Row {
  readonly id: string;
  readonly offer: string;
  readonly rows: readonly string[];
  readonly verdict: "declined" | "either";
}

const deflate = (parameters: string): string => `permessage-deflate${parameters}`;

const VALUES: readonly string[] = [
  "0",
  "7",
  "16",
  "1000",
  "08",
  "010",
  "1e1",
  "9.5",
  "-9",
  "+9",
  "0x9",
  "9 9",
  "abc",
  '""',
  '"9',
  "10abc",
  "9223372036854775807",
];

const ROWS: readonly Row[] = [
  ...["server_max_window_bits", "client_max_window_bits"].flatMap((name) =>
    VALUES.map((value) => ({
      id: `${name.slice(0, 6)}-bits-${value.replace(/[^\w.+-]+/g, "_")}`,
      offer: deflate(`; ${name}=${value}`),
      rows: ["R13", "B29", "A14"],
      verdict: "declined" as const,
    })),
  ),
  {
    id: "server-bits-none",
    offer: deflate("; server_max_window_bits"),
    rows: ["R13"],
    verdict: "declined",
  },
  ...[
    ["flag-value", "; server_no_context_takeover=1"],
    ["flag-empty-value", "; client_no_context_takeover="],
    ["flag-quoted", '; client_no_context_takeover="true"'],
    ["unknown", "; level=9"],
    ["twice", "; server_no_context_takeover; server_no_context_takeover"],
    ["twice-bits", "; server_max_window_bits=10; server_max_window_bits=11"],
    ["proto", "; __proto__=1"],
    ["constructor", "; constructor; toString=1"],
    ["empty-parameter", ";;"],
    ["trailing", "; "],
  ].map(([id, parameters]) => ({
    id: `parameter-${id}`,
    offer: deflate(parameters as string),
    rows: ["R13", "R14", "A3"],
    verdict: "declined" as const,
  })),
  ...(
    [
      ["constructor", "constructor"],
      ["proto", "__proto__; a=1"],
      ["has-own", "hasOwnProperty, toString, valueOf"],
      ["unknown", "x-webkit-deflate-frame"],
      ["mux", "mux; max-channels=4; flow-control, deflate-stream"],
      ["empty", ""],
      ["commas", ",,,,"],
      ["no-token", "per(message"],
      ["equals", "a=b"],
      ["unclosed-quote", `permessage-deflate; x="${"\\c".repeat(3500)}`],
      ["quote-backslashes", `a; b="${"\\".repeat(7000)}`],
      ["spaces", `a${" ".repeat(7500)}b`],
      ["tabs", `a;${"\t".repeat(7500)}b`],
      ["semicolons", `a${";".repeat(7500)}`],
      ["many", Array.from({ length: 350 }, () => "permessage-deflate").join(", ")],
      ["many-unknown", Array.from({ length: 1000 }, (_, index) => `e${index}`).join(", ")],
      [
        "many-parameters",
        `permessage-deflate${Array.from({ length: 900 }, (_, index) => `; p${index}`).join("")}`,
      ],
      ["bits-8", "permessage-deflate; server_max_window_bits=8"],
      ["bits-quoted", 'permessage-deflate; server_max_window_bits="10"'],
    ] as const
  ).map(([id, offer]) => ({
    id,
    offer,
    rows: ["R14", "A3", "A4", "A23", "R1"],
    verdict: "either" as const,
  })),
];

function toCase({ id, offer, rows, verdict }: Row): Case<ServerSubject> {
  const title = `Sec-WebSocket-Extensions: ${offer.slice(0, 60)}`;
  return makeCase<ServerSubject>(`offer/${id}`, title, { rows }, async (subject) => {
    const { wire, key } = await sendRequest(subject, ({ fields }) => ({
      lines: [
        ...fields.map(([name, value]) => `${name}: ${value}`),
        `Sec-WebSocket-Extensions: ${offer}`,
      ],
    }));
    try {
      await wire.until(() => wire.text.includes("\r\n\r\n") || wire.ended !== null, 5000);
      if (!wire.text.startsWith("HTTP/1.1 101")) {
        await expectRefusal(wire);
        return;
      }
      const head = await answerOf(wire);
      const fault = head === null ? "no answer" : faultOfResponse(head, key);
      if (fault !== null) throw new Unexpected("101", fault);
      const agreed = head?.fields.get("sec-websocket-extensions") ?? "";
      if (verdict === "declined" && agreed !== "")
        throw new Unexpected("an answer without the extension", agreed);
      if (id === "bits-8" && agreed !== "") return;
      wire.upgrade(agreed !== "");
      await expectService(wire);
      await closeWell(wire);
    } finally {
      wire.destroy();
    }
  });
}

/** A peer whose inflater has a window of 256 octets can read what it is sent. */
const SMALL_WINDOW: Case<ServerSubject> = makeCase<ServerSubject>(
  "offer/bits-8-kept",
  "server_max_window_bits=8 is declined, or really kept",
  { rows: ["A21", "A22", "R13"] },
  async (subject) => {
    const { wire, key } = await sendRequest(subject, ({ fields }) => ({
      lines: [
        ...fields.map(([name, value]) => `${name}: ${value}`),
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8; client_no_context_takeover",
      ],
    }));
    const head = await answerOf(wire);
    const fault = head === null ? "no answer" : faultOfResponse(head, key);
    if (fault !== null) throw new Unexpected("101", fault);
    const agreed = head?.fields.get("sec-websocket-extensions");
    wire.upgrade(agreed !== undefined);
    if (agreed !== undefined) {
      const part = Array.from({ length: 400 }, (_, index) =>
        String.fromCharCode(33 + ((index * 37) % 90)),
      ).join("");
      wire.send(text(part.repeat(4)));
      const seen = await wire.frame();
      if (seen === null || (seen.rsv & 4) === 0)
        throw new Unexpected("a compressed echo", describe(seen, wire));
      const inflater = new Inflater({ windowBits: 8, contextTakeover: true });
      let read: string;
      try {
        read = inflater.inflate(seen.payload).toString();
      } catch (error) {
        throw new Unexpected("an echo within a window of 256 octets", String(error));
      }
      if (read !== part.repeat(4)) throw new Unexpected("the echo", `${read.length} bytes`);
    } else await expectService(wire);
    await closeWell(wire);
  },
);

export const OFFER_CASES: readonly Case<ServerSubject>[] = [...ROWS.map(toCase), SMALL_WINDOW];
