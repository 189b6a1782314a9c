/**
 * The corpus that compression is judged by: messages as servers send them, made by rule, the same on every machine.
 *
 * Each kind is a stream of one connection, in order, so that context takeover has something to take over.
 */

/** Messages of one kind. */
export interface Stream {
  readonly kind: string;
  readonly messages: readonly Uint8Array[];
}

type Random = () => number;

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const encoder = new TextEncoder();
const whole = (random: Random, below: number): number => Math.floor(random() * below);
const pick = <T>(random: Random, from: readonly T[]): T => from[whole(random, from.length)] as T;

const FIRST =
  "ada ben cleo dora emil fatima goran hana igor june kofi lena mirek nadia omar pia quinn rosa sven tariq".split(
    " ",
  );
const WORDS =
  "the of and to in is that for it on with as was be at by this have from or had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know get through back much go good new write our me man too any day same right look think also around another came come work three must because does part even place well such here take why help put years different away again off went old number great tell men say small every found still between name should home big give air line set own under read last never us left end along while might next sound below saw something thought both few those always show large often together asked house world going want school important until form food keep children feet land side without boy once animals life enough took sometimes four head above kind began almost live page got earth need far hand high year mother light country father let night picture being study second soon story since white ever paper hard near sentence better best across during today however sure knew try told young sun thing whole hear example heard several change answer room sea against top turned learn point city play toward five himself usually money seen car morning".split(
    " ",
  );

function sentence(random: Random): string {
  const words = Array.from(
    { length: 5 + whole(random, 12) },
    () => WORDS[Math.floor(WORDS.length * random() ** 2.2)] as string,
  );
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1) + pick(random, [".", ".", ".", "?", "!"]);
}

/** Records of a market feed, cut at 1 KiB: the shape that the load generator of `bench/` sends. */
function ticks(random: Random): string {
  let text = "[";
  while (text.length < 1024)
    text += `{"id":${whole(random, 1e6)},"seq":${whole(random, 2048)},"user":"user-${String(whole(random, 500)).padStart(3, "0")}","price":${whole(random, 9000)}.${String(whole(random, 100)).padStart(2, "0")},"side":"${random() < 0.5 ? "buy" : "sell"}","active":${random() < 0.5},"ts":17${String(whole(random, 1e11)).padStart(11, "0")}},`;
  return `${text.slice(0, 1023)}]`;
}

/** Events of an application: nested, with names, free text, dates and identifiers; 500 to 2,000 bytes. */
function event(random: Random): string {
  const hex = (length: number): string =>
    Array.from({ length }, () => whole(random, 16).toString(16)).join("");
  const user = (): object => ({
    id: hex(8),
    name: pick(random, FIRST),
    avatar: `/img/u/${hex(12)}.png`,
    online: random() < 0.6,
  });
  return JSON.stringify({
    type: pick(random, [
      "issue.updated",
      "issue.created",
      "comment.created",
      "presence.changed",
      "board.moved",
    ]),
    id: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    at: new Date(1.78e12 + whole(random, 1e10)).toISOString(),
    actor: user(),
    data: {
      title: sentence(random),
      body: Array.from({ length: 1 + whole(random, 5) }, () => sentence(random)).join(" "),
      labels: Array.from({ length: whole(random, 4) }, () =>
        pick(random, ["bug", "feature", "docs", "urgent", "backend", "frontend"]),
      ),
      watchers: Array.from({ length: whole(random, 5) }, user),
      estimate: random() < 0.5 ? null : whole(random, 13),
      position: { x: whole(random, 1e5) / 100, y: whole(random, 1e5) / 100 },
    },
  });
}

/** Lines of a chat, in a small envelope; 80 to 300 bytes. */
function chat(random: Random): string {
  return JSON.stringify({
    room: `room-${whole(random, 5)}`,
    from: pick(random, FIRST),
    at: 1.78e12 + whole(random, 1e10),
    text: Array.from({ length: 1 + whole(random, 3) }, () => sentence(random)).join(" "),
  });
}

/** Parts of a page, as servers that render send them; 3 to 12 KiB. */
function html(random: Random): string {
  const rows = Array.from({ length: 12 + whole(random, 40) }, (_, at) => {
    const price = `${whole(random, 900)}.${String(whole(random, 100)).padStart(2, "0")}`;
    return `    <tr class="row ${at % 2 === 0 ? "even" : "odd"}" data-id="${whole(random, 1e6)}">\n      <td class="cell name"><a href="/item/${whole(random, 1e5)}">${pick(random, WORDS)} ${pick(random, WORDS)}</a></td>\n      <td class="cell price">&euro; ${price}</td>\n      <td class="cell note">${sentence(random)}</td>\n    </tr>\n`;
  });
  return `<section id="list-${whole(random, 100)}" class="list">\n  <h2>${sentence(random)}</h2>\n  <p class="lead">${sentence(random)} ${sentence(random)}</p>\n  <table>\n${rows.join("")}  </table>\n</section>\n`;
}

/** Text without mark-up; 2 to 8 KiB. */
function prose(random: Random): string {
  return Array.from({ length: 20 + whole(random, 80) }, () => sentence(random)).join(" ");
}

/** Readings of sensors: a counter, flags, four floats that wander; 1 to 4 KiB. */
function readings(random: Random): Uint8Array {
  const count = 32 + whole(random, 96);
  const bytes = new Uint8Array(count * 28);
  const view = new DataView(bytes.buffer);
  let clock = whole(random, 1e9);
  const values = [20 + random(), 50 + random(), 1013 + random(), random()];
  for (let at = 0; at < bytes.length; at += 28) {
    clock += 100 + whole(random, 4);
    view.setUint32(at, clock, true);
    view.setUint32(at + 4, 7 + (whole(random, 8) << 16), true);
    for (let axis = 0; axis < 4; axis++) {
      values[axis] = (values[axis] as number) + Math.round((random() - 0.5) * 16) / 64;
      view.setFloat32(at + 8 + 4 * axis, values[axis] as number, true);
    }
    view.setUint32(at + 24, 0, true);
  }
  return bytes;
}

/** Bytes that nothing compresses, as pictures and sealed data are; 1 to 4 KiB. */
function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1024 + whole(random, 3072) }, () => whole(random, 256));
}

type Maker = (random: Random) => string | Uint8Array;

const MAKERS: readonly (readonly [kind: string, seed: number, make: Maker])[] = [
  ["ticks", 1, ticks],
  ["events", 2, event],
  ["chat", 3, chat],
  ["html", 4, html],
  ["prose", 5, prose],
  ["readings", 6, readings],
  ["noise", 7, noise],
];

function* endless(seed: number, make: Maker): Generator<Uint8Array, never> {
  const random = seeded(seed);
  for (;;) {
    const made = make(random);
    yield typeof made === "string" ? encoder.encode(made) : made;
  }
}

/** The whole corpus: `count` messages of each kind. */
export function corpus(count = 100): Stream[] {
  return MAKERS.map(([kind, seed, make]) => {
    const messages: Uint8Array[] = [];
    for (const message of endless(seed, make)) if (messages.push(message) >= count) break;
    return { kind, messages };
  });
}

/** One message of `size` bytes, of the stuff of the stream `kind`. */
export function large(kind: string, size: number): Uint8Array {
  const maker = MAKERS.find(([name]) => name === kind);
  if (maker === undefined) throw new RangeError(`there is no kind ${kind}`);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const message of endless(maker[1], maker[2])) {
    if (at >= size) break;
    bytes.set(message.subarray(0, size - at), at);
    at += message.length;
  }
  return bytes;
}
