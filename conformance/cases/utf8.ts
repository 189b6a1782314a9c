/** Group 6: text messages are UTF-8, and an invalid one fails the connection (RFC 6455 §8.1). */
import type { Case, Ending, Occurrence, Step } from "../harness/case.ts";
import { INVALID_TEXT, NORMAL } from "../harness/endings.ts";
import { fragments, more, TEXT, text } from "../wire/frame.ts";
import { closeAfter, kill, mark, normal, pause, textMessage, together } from "./script.ts";
import { STRING_GROUPS } from "./utf8-strings.ts";

/** A Greek word of 11 octets. */
const WORD = Buffer.from("cebae1bdb9cf83cebcceb5", "hex");
const EDITED = Buffer.from("edited");
const SURROGATE = Buffer.concat([WORD, Buffer.from("eda080", "hex"), EDITED]);
const MIXED = "Hello-µ@ßöäüàá-UTF-8!!";
const CUT = Buffer.byteLength("Hello-µ@ßöä");
const OPEN_ENDED = { fin: false } as const;

function octetByOctet(data: string | Buffer): Step {
  return together(...fragments(TEXT, Buffer.from(data), 1));
}

function valid(id: string, title: string, step: Step, ok: string | Buffer): Case {
  return normal(id, title, [step, closeAfter(1)], [textMessage(ok)]);
}

function invalid(id: string, title: string, steps: readonly Step[], seconds: number): Case {
  return normal(id, title, [...steps, kill(seconds)], [], { ending: INVALID_TEXT });
}

/** U+110000, one above the last code point. Its first two octets alone already show that it is invalid. */
const TOO_HIGH = Buffer.from("f4908080", "hex");
const FAST: readonly Occurrence[] = [mark("A")];
const SLOW: readonly Occurrence[] = [mark("A"), mark("B")];
const TOO_HIGH_TEXT = Buffer.concat([WORD, TOO_HIGH, EDITED]);

/** The invalid character comes in the second of three parts, a second apart; `sizes` are those of the first two. */
function failFast(
  id: string,
  title: string,
  how: "fragments" | "writes",
  sizes: readonly [number, number],
): Case {
  const [first, second] = sizes;
  const end = first + second;
  const steps: Step[] =
    how === "fragments"
      ? [
          together(text(TOO_HIGH_TEXT.subarray(0, first), OPEN_ENDED)),
          pause("A"),
          together(more(TOO_HIGH_TEXT.subarray(first, end), OPEN_ENDED)),
          pause("B"),
          together(more(TOO_HIGH_TEXT.subarray(end))),
          kill(1),
        ]
      : [{ do: "parts", frame: text(TOO_HIGH_TEXT), sizes, marks: ["A", "B"] }, kill(1)];
  return normal(id, title, steps, FAST, { ending: INVALID_TEXT, nonStrict: SLOW });
}

function strings(): Case[] {
  return STRING_GROUPS.flatMap(({ group, theme, strings: list }) =>
    list.map((entry, index) => {
      const isValid = !entry.startsWith("!");
      const payload = Buffer.from(entry.replace("!", ""), "hex");
      const ok = isValid ? [textMessage(payload)] : [];
      const ending: Ending = isValid ? NORMAL : INVALID_TEXT;
      const title = `${theme}${isValid ? "" : " (not UTF-8)"}`;
      return normal(`${group}.${index + 1}`, title, [together(text(payload)), kill(0.5)], ok, {
        ending,
      });
    }),
  );
}

export const UTF8: readonly Case[] = [
  valid("6.1.1", "an empty text", together(text()), ""),
  valid(
    "6.1.2",
    "a text in three empty fragments",
    together(text("", OPEN_ENDED), more("", OPEN_ENDED), more()),
    "",
  ),
  valid(
    "6.1.3",
    "a text in three fragments, the first and the last empty",
    together(text("", OPEN_ENDED), more("middle frame payload", OPEN_ENDED), more()),
    "middle frame payload",
  ),
  valid("6.2.1", "characters of one and two octets", together(text(MIXED)), MIXED),
  valid(
    "6.2.2",
    "the same in two fragments, cut between characters",
    together(
      text(Buffer.from(MIXED).subarray(0, CUT), OPEN_ENDED),
      more(Buffer.from(MIXED).subarray(CUT)),
    ),
    MIXED,
  ),
  valid("6.2.3", "the same in fragments of 1 octet", octetByOctet(MIXED), MIXED),
  valid("6.2.4", "a Greek word in fragments of 1 octet", octetByOctet(WORD), WORD),
  invalid("6.3.1", "a surrogate between valid characters", [together(text(SURROGATE))], 1),
  invalid("6.3.2", "the same in fragments of 1 octet", [octetByOctet(SURROGATE)], 1),
  failFast("6.4.1", "three fragments 1 s apart, the second of them invalid", "fragments", [11, 4]),
  failFast("6.4.2", "the same, invalid at the second octet of a character", "fragments", [12, 1]),
  failFast(
    "6.4.3",
    "one frame in three writes 1 s apart, the second of them invalid",
    "writes",
    [11, 4],
  ),
  failFast("6.4.4", "the same, invalid at the second octet of a character", "writes", [12, 1]),
  ...strings(),
];
