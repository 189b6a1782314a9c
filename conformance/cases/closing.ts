/** Group 7: the closing handshake (RFC 6455 §5.5.1, §7). */
import type { Case, Step } from "../harness/case.ts";
import { answered, INFORMATIONAL, refused } from "../harness/endings.ts";
import { CLOSE, close, frame, more, ping, text } from "../wire/frame.ts";
import { HELLO, kill, normal, textMessage, together } from "./script.ts";

const GOOD_CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
] as const;
const BAD_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999] as const;
const UNASSIGNED_CODES = [5000, 65_535] as const;
const NOT_UTF8 = Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex");

/** A case that sends its Close itself, and receives nothing. */
function closing(id: string, title: string, step: Step, ending: Case["ending"]): Case {
  return normal(id, title, [step, kill(1)], [], { ending, closesItself: true });
}

function oneOctetClose(): ReturnType<typeof frame> {
  return { ...frame(CLOSE, "a"), closes: true };
}

export const CLOSING: readonly Case[] = [
  normal(
    "7.1.1",
    "a text, and after its echo a Close",
    [together(text(HELLO)), kill(1)],
    [textMessage(HELLO)],
    {
      ending: answered(1000),
    },
  ),
  closing("7.1.2", "two Closes", together(close(1000), frame(CLOSE)), answered(1000)),
  closing("7.1.3", "a Close, then a ping", together(close(1000), ping()), answered(1000)),
  closing("7.1.4", "a Close, then a text", together(close(1000), text(HELLO)), answered(1000)),
  closing(
    "7.1.5",
    "a first fragment, a Close, then the last fragment",
    together(text("fragment1", { fin: false }), close(1000), more("fragment2")),
    answered(1000),
  ),
  closing(
    "7.1.6",
    "a text of 256 KiB, a short text, a Close, a ping",
    together(text(Buffer.alloc(256 * 1024, 0x2a)), text("Hello World!"), close(1000), ping()),
    INFORMATIONAL,
  ),
  closing("7.3.1", "a Close with an empty payload", together(close()), answered(1000)),
  closing("7.3.2", "a Close with a payload of 1 octet", together(oneOctetClose()), refused(1002)),
  closing("7.3.3", "a Close with a code", together(close(1000)), answered(1000)),
  closing(
    "7.3.4",
    "a Close with a code and a reason",
    together(close(1000, "Hello World!")),
    answered(1000),
  ),
  closing(
    "7.3.5",
    "a Close with a reason of 123 octets",
    together(close(1000, "*".repeat(123))),
    answered(1000),
  ),
  closing(
    "7.3.6",
    "a Close with a reason of 124 octets",
    together(close(1000, "*".repeat(124))),
    refused(1002),
  ),
  closing(
    "7.5.1",
    "a Close with a reason that is not UTF-8",
    together(close(1000, NOT_UTF8)),
    refused(1002, 1007),
  ),
  ...GOOD_CODES.map((code, index) =>
    closing(
      `7.7.${index + 1}`,
      `a Close with code ${code}`,
      together(close(code)),
      answered(...new Set([1000, code])),
    ),
  ),
  ...BAD_CODES.map((code, index) =>
    closing(`7.9.${index + 1}`, `a Close with code ${code}`, together(close(code)), refused(1002)),
  ),
  ...UNASSIGNED_CODES.map((code, index) =>
    closing(`7.13.${index + 1}`, `a Close with code ${code}`, together(close(code)), INFORMATIONAL),
  ),
];
