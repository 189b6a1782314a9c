/** How the tester negotiates permessage-deflate (RFC 7692 §7.1), in either role. */
import type { Direction } from "./deflate.ts";

/** The four parameters. `clientWindowBits` of `true` is a client's `client_max_window_bits` without a value. */
export interface Parameters {
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverWindowBits?: number;
  readonly clientWindowBits?: number | true;
}

/** What the tester does about compression in one case. */
export interface Negotiation {
  /** As a client: the server_* parameters that it adds to each of its offers, one entry an offer. */
  readonly offers: readonly Parameters[];
  /** As a server: the client_* parameters that it adds to its answer; the first entry that a client allows. */
  readonly answers: readonly Parameters[];
}

/** What was agreed, by who compresses. */
export interface Agreement {
  readonly client: Direction;
  readonly server: Direction;
}

const NAME = "permessage-deflate";

function serialiseParameters(parameters: Parameters): string {
  const parts: string[] = [NAME];
  if (parameters.clientNoContextTakeover === true) parts.push("client_no_context_takeover");
  if (parameters.clientWindowBits === true) parts.push("client_max_window_bits");
  else if (parameters.clientWindowBits !== undefined)
    parts.push(`client_max_window_bits=${parameters.clientWindowBits}`);
  if (parameters.serverNoContextTakeover === true) parts.push("server_no_context_takeover");
  if (parameters.serverWindowBits !== undefined)
    parts.push(`server_max_window_bits=${parameters.serverWindowBits}`);
  return parts.join("; ");
}

/** The tester's offers as a client. Each begins with the two client_* parameters. */
export function serialiseOffers({ offers }: Negotiation): string {
  const base: Parameters = { clientNoContextTakeover: true, clientWindowBits: true };
  return offers.map((offer) => serialiseParameters({ ...base, ...offer })).join(", ");
}

/** One entry of Sec-WebSocket-Extensions; null when it is not permessage-deflate. Throws when a parameter is wrong. */
function parseEntry(entry: string): Parameters | null {
  const [name, ...words] = entry.split(";").map((word) => word.trim());
  if (name?.toLowerCase() !== NAME) return null;
  const found = new Map<string, string | true>();
  for (const word of words) {
    const [, key = "", quoted, plain] = /^([\w-]+)(?:\s*=\s*(?:"([^"]*)"|(.*)))?$/.exec(word) ?? [];
    if (key === "" || found.has(key)) throw new Error(`"${word}" is wrong or repeated in ${NAME}`);
    found.set(key, quoted ?? plain ?? true);
  }
  const flag = (key: string): boolean => {
    const value = found.get(key);
    found.delete(key);
    if (value !== undefined && value !== true) throw new Error(`${key} has a value`);
    return value === true;
  };
  const bits = (key: string, bare: boolean): number | true | undefined => {
    const value = found.get(key);
    found.delete(key);
    if (value === undefined || (bare && value === true)) return value;
    if (value === true || !/^(?:[89]|1[0-5])$/.test(value))
      throw new Error(`${key} is ${String(value)}`);
    return Number(value);
  };
  const serverNoContextTakeover = flag("server_no_context_takeover");
  const clientNoContextTakeover = flag("client_no_context_takeover");
  const serverWindowBits = bits("server_max_window_bits", false);
  const clientWindowBits = bits("client_max_window_bits", true);
  for (const key of found.keys()) throw new Error(`${key} is not a parameter of ${NAME}`);
  return {
    serverNoContextTakeover,
    clientNoContextTakeover,
    ...(typeof serverWindowBits === "number" && { serverWindowBits }),
    ...(clientWindowBits !== undefined && { clientWindowBits }),
  };
}

function agreementOf(agreed: Parameters): Agreement {
  const { clientWindowBits } = agreed;
  return {
    client: {
      windowBits: typeof clientWindowBits === "number" ? clientWindowBits : 15,
      contextTakeover: agreed.clientNoContextTakeover !== true,
    },
    server: {
      windowBits: agreed.serverWindowBits ?? 15,
      contextTakeover: agreed.serverNoContextTakeover !== true,
    },
  };
}

/** Whether an answer honours an offer (§7.1). */
function honours(answer: Parameters, offer: Parameters): boolean {
  if (offer.serverNoContextTakeover === true && answer.serverNoContextTakeover !== true)
    return false;
  if (offer.serverWindowBits === undefined) return true;
  return answer.serverWindowBits !== undefined && answer.serverWindowBits <= offer.serverWindowBits;
}

/** A server's answer to the tester's offers; null when it declined. Throws when the answer fits none of them. */
export function readAnswer(
  field: string | undefined,
  negotiation: Negotiation | undefined,
): Agreement | null {
  if (field === undefined || field === "") return null;
  if (negotiation === undefined)
    throw new Error(`the answer has extensions that were not offered: ${field}`);
  if (field.includes(",")) throw new Error(`the answer has more than one extension: ${field}`);
  const answer = parseEntry(field);
  if (answer === null)
    throw new Error(`the answer has an extension that was not offered: ${field}`);
  if (answer.clientWindowBits === true)
    throw new Error("client_max_window_bits has no value in the answer");
  if (!negotiation.offers.some((offer) => honours(answer, offer))) {
    throw new Error(`the answer fits none of the offers: ${field}`);
  }
  return agreementOf(answer);
}

/** The tester's answer to a client's offers; null when none fits. Offers that are not well formed are passed over. */
export function chooseAnswer(
  field: string | undefined,
  negotiation: Negotiation | undefined,
): { readonly field: string; readonly agreement: Agreement } | null {
  if (field === undefined || negotiation === undefined) return null;
  const offers = field.split(",").flatMap((entry) => {
    try {
      return parseEntry(entry) ?? [];
    } catch {
      return [];
    }
  });
  for (const wish of negotiation.answers) {
    for (const offer of offers) {
      const asked = offer.clientWindowBits;
      const wished = wish.clientWindowBits;
      if (typeof wished === "number" && asked === undefined) continue;
      const answer: Parameters = {
        serverNoContextTakeover: offer.serverNoContextTakeover === true,
        ...(offer.serverWindowBits !== undefined && { serverWindowBits: offer.serverWindowBits }),
        ...wish,
        // A client that names a number in its offer goes no higher (§7.1.2.2).
        ...(typeof wished === "number" &&
          typeof asked === "number" && { clientWindowBits: Math.min(wished, asked) }),
      };
      return { field: serialiseParameters(answer), agreement: agreementOf(answer) };
    }
  }
  return null;
}
