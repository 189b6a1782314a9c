/** Group 2: ping and pong (RFC 6455 §5.5.2, §5.5.3). */
import type { Case } from "../harness/case.ts";
import { close, ping, pong } from "../wire/frame.ts";
import { breach, chop, closeAfter, HELLO, normal, pongOf, together } from "./script.ts";

const BYTES = Buffer.from("00fffefdfcfb00ff", "hex");
const LONGEST = Buffer.alloc(125, 0xfe);
const TEN = Array.from({ length: 10 }, (_, index) => `payload-${index}`);

export const PING_PONG: readonly Case[] = [
  normal("2.1", "an empty ping", [together(ping()), closeAfter(1)], [pongOf("")]),
  normal("2.2", "a ping with text", [together(ping(HELLO)), closeAfter(1)], [pongOf(HELLO)]),
  normal(
    "2.3",
    "a ping with octets that are not UTF-8",
    [together(ping(BYTES)), closeAfter(1)],
    [pongOf(BYTES)],
  ),
  normal(
    "2.4",
    "a ping of 125 octets",
    [together(ping(LONGEST)), closeAfter(1)],
    [pongOf(LONGEST)],
  ),
  breach("2.5", "a ping of 126 octets", [together(ping(Buffer.alloc(126, 0xfe)))]),
  normal(
    "2.6",
    "a ping of 125 octets in writes of 1",
    [chop(1, ping(LONGEST)), closeAfter(2)],
    [pongOf(LONGEST)],
  ),
  normal("2.7", "an empty pong that nobody asked for", [together(pong(), close(1000))], [], {
    closesItself: true,
  }),
  normal(
    "2.8",
    "a pong with payload that nobody asked for",
    [together(pong("unasked"), close(1000))],
    [],
    {
      closesItself: true,
    },
  ),
  normal(
    "2.9",
    "a pong that nobody asked for, then a ping",
    [together(pong("unasked"), ping("ping payload")), closeAfter(1)],
    [pongOf("ping payload")],
  ),
  normal(
    "2.10",
    "ten pings",
    [together(...TEN.map((data) => ping(data))), closeAfter(3)],
    TEN.map(pongOf),
  ),
  normal(
    "2.11",
    "ten pings in writes of 1",
    [chop(1, ...TEN.map((data) => ping(data))), closeAfter(3)],
    TEN.map(pongOf),
  ),
];
