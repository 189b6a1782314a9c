/** What is known to be wrong with `ws` 8.23.0 and `websocket` 1.0.35, and the cases that show it. */

export interface Fault {
  readonly fault: string;
  readonly cases: readonly string[];
}

const NO_DEADLINE = [
  "slow/silent",
  "slow/half-line",
  "slow/half-head",
  "slow/drip-line",
  "slow/drip-headers",
];

const CLIENT_WAITS = [
  "response/silence",
  "response/status-drip",
  "response/header-drip",
  "response/interim",
  "response/hints",
];

/** By the name of the file that starts the peer. */
export const KNOWN_FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  "ws-server": [
    {
      fault: "HTTP/1.0 is taken, and Host is not looked at: none, two, or junk",
      cases: [
        "request/line-http-1.0",
        "request/host-missing",
        "request/host-two-same",
        "request/host-two-different",
        "request/host-markup",
      ],
    },
    {
      fault: "a body is not refused, and its octets become frames",
      cases: ["request/body-length", "request/body-chunked", "request/body-xchunked"],
    },
    {
      fault: "the version is compared as a number",
      cases: ["request/version-13.0", "request/version-0x0d", "request/version-013"],
    },
    {
      fault: "window bits are read as a number",
      cases: ["offer/server-bits-08", "offer/server-bits-1e1", "offer/server-bits-0x9"],
    },
    { fault: "the deadline of a handshake is a minute, looked at every half", cases: NO_DEADLINE },
    {
      fault: "more than 60 pings in one packet cut the connection",
      cases: ["floods/pings-in-one-packet"],
    },
    {
      fault: "echoes that nobody reads are held without bound",
      cases: ["floods/unread-small-echoes", "floods/unread-large-echoes"],
    },
    {
      fault: "a message may have 100 MiB, also one that comes out of 64 KiB",
      cases: ["compression/bomb", "compression/bomb-fragments", "compression/bombs-together"],
    },
    {
      fault: "who neither closes nor ends is kept for half a minute",
      cases: ["closing/no-end-of-tcp", "closing/flood-instead-of-close"],
    },
    { fault: "any origin may come in", cases: ["request/origin-foreign", "request/origin-null"] },
  ],
  "websocket-server": [
    {
      fault: "a subprotocol that is no token ends the process",
      cases: ["request/subprotocol-space", "request/subprotocol-quoted"],
    },
    {
      fault: "a reset between the request and the handover ends the process",
      cases: ["request/reset-after-whole-request"],
    },
    {
      fault: "frames of clients need not be masked",
      cases: ["frames/mask-wrong-on-a-text", "frames/mask-wrong-on-a-close"],
    },
    {
      fault: "HTTP/1.0, other methods, other upgrades, two Hosts and any key are taken",
      cases: [
        "request/line-http-1.0",
        "request/line-method-post",
        "request/upgrade-h2c",
        "request/host-two-different",
        "request/key-characters",
      ],
    },
    {
      fault: "the version is read as far as it is a number",
      cases: ["request/version-13abc", "request/version-13.0"],
    },
    {
      fault: "a body is not refused",
      cases: ["request/body-length", "request/body-xchunked"],
    },
    {
      fault: "what comes in the packet of the request is lost",
      cases: ["frames/behind-the-handshake"],
    },
    { fault: "Close 1015 is answered with 1000", cases: ["closing/code-1015"] },
    { fault: "the deadline of a handshake is a minute, looked at every half", cases: NO_DEADLINE },
  ],
  "ws-client": [
    { fault: "the handshake has no deadline", cases: CLIENT_WAITS },
    {
      fault: "permessage-deflate twice in the answer is taken",
      cases: ["response/extension-twice", "response/extension-two-fields"],
    },
    {
      fault: "window bits are read as a number",
      cases: ["response/extension-server-bits-08", "response/extension-client-bits-1e1"],
    },
    { fault: "an answer of HTTP/1.0 is taken", cases: ["response/status-http-1.0"] },
    {
      fault: "more than 60 pings in one packet cut the connection",
      cases: ["floods/pings-in-one-packet"],
    },
    {
      fault: "a message may have 100 MiB, also one that comes out of 64 KiB",
      cases: ["compression/bomb", "compression/bomb-unfinished"],
    },
  ],
  "websocket-client": [
    { fault: "the handshake has no deadline", cases: CLIENT_WAITS },
    {
      fault: "extensions and subprotocols that were not asked for are taken",
      cases: ["response/extension-not-offered", "response/subprotocol-not-asked"],
    },
    { fault: "frames of servers may be masked", cases: ["frames/mask-wrong-on-a-text"] },
    { fault: "Close 1015 is answered with 1000", cases: ["closing/code-1015"] },
  ],
};
