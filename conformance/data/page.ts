/** An HTML page in ASCII: markup that repeats, around words that do less. */
import { Random } from "./random.ts";

const SYLLABLES = [
  "ba",
  "co",
  "del",
  "fin",
  "gor",
  "hum",
  "is",
  "kat",
  "lor",
  "men",
  "nu",
  "ost",
  "pra",
  "ri",
  "sed",
] as const;

/** `size` octets of ASCII. It is cut where it is long enough. */
export function page(size: number): Buffer {
  const random = new Random(0x5eed_01);
  const word = (): string =>
    Array.from({ length: 1 + random.below(4) }, () => random.pick(SYLLABLES)).join("");
  const sentence = (count: number): string => Array.from({ length: count }, word).join(" ");
  const parts = [
    '<!DOCTYPE html>\n<html lang="en">\n<head><title>A page of no meaning</title></head>\n<body>\n',
  ];
  let length = 0;
  for (let number = 1; length < size; number += 1) {
    const part = [
      `<section id="section-${number}" class="chapter">`,
      `  <h2><a href="#section-${number}">${number}. ${sentence(4)}</a></h2>`,
      `  <p class="body">${sentence(60)}.</p>`,
      `  <table><tr><th>${word()}</th><td>${random.next()}</td></tr><tr><th>${word()}</th><td>${random.next()}</td></tr></table>`,
      "</section>\n",
    ].join("\n");
    parts.push(part);
    length += part.length;
  }
  return Buffer.from(parts.join(""), "latin1").subarray(0, size);
}
