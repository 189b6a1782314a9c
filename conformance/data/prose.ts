/** Sentences in something like German, in UTF-8: about as compressible as a book. */
import { Random } from "./random.ts";

type Words = readonly [string, ...string[]];

function words(list: string): Words {
  return list.split(" ") as unknown as Words;
}

const ARTICLES: Words = words("der die das ein eine jener manche kein dieses mein unsere euer");
const STEMS = words(
  "Brück Fähr Kühl Gärt Wäld Möw Schlöss Glock Lamp Straß Hög Bäch Türm Räd Flüss Wies Küst Säul Tisch Nacht Morg Wett Häus Mauer",
);
const MIDDLES = words(
  "en er el ig lich bar sam los haft isch wärts zeit licht wasser wind stein holz gold nebel",
);
const ONSETS = words("b br d f fl g gr h k kl l m n p pf r s sch st t w z");
const VOWELS = words("a e i o u ä ö ü au ei ie");
const CODAS = words("b ch ck ft g l ld ll m n nd ng r rt s st t tz");
const SUFFIXES = words(
  "e er ung chen lein heit keit schaft wächter erin steig gasse platz brot lied stück gefühl",
);
const VERBS = words(
  "überquert verläßt öffnet hört sucht findet grüßt trägt erzählt verschließt begleitet zählt stößt führt fürchtet",
);
const PLACES: Words = [
  "am späten Abend",
  "über den Dächern",
  "hinter der Mühle",
  "für einen Augenblick",
  "gegen den Wind",
  "zwischen zwei Zügen",
  "während es schneit",
  "ohne ein Wort",
];
const ENDS = words("e er es en em");
const LINKS = words("und aber denn weil obwohl während bevor sobald");

/** `size` octets; the last character may be cut. */
export function prose(size: number): Buffer {
  const random = new Random(0x9e37_79b9);
  const syllable = (): string => random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS);
  const noun = (): string => random.pick(STEMS) + syllable() + random.pick(SUFFIXES);
  const adjective = (): string => syllable() + random.pick(MIDDLES) + random.pick(ENDS);
  const clause = (): string =>
    [
      `${random.pick(ARTICLES)} ${adjective()} ${noun()}`,
      `${random.pick(VERBS)} ${random.pick(ARTICLES)} ${noun()}`,
      random.below(3) === 0 ? random.pick(PLACES) : adjective(),
    ].join(" ");
  const sentences: string[] = [];
  let length = 0;
  while (length < size) {
    const first = clause();
    const rest = random.below(3) === 0 ? "" : `, ${random.pick(LINKS)} ${clause()}`;
    const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}${rest}.${random.below(6) === 0 ? "\n\n" : " "}`;
    sentences.push(sentence);
    length += Buffer.byteLength(sentence);
  }
  return Buffer.from(sentences.join(""), "utf8").subarray(0, size);
}
