/**
 * The five files that groups 12 and 13 send, made when they are first asked for, always the same: of the kinds, sizes
 * and compressibilities that the reference suite uses.
 */
import { bitmap } from "./bitmap.ts";
import { document } from "./document.ts";
import { page } from "./page.ts";
import { prose } from "./prose.ts";
import { report } from "./report.ts";

export interface Corpus {
  readonly title: string;
  /** Whether it is sent as binary messages. What is sent as text is ASCII, so that it may be cut anywhere. */
  readonly binary: boolean;
  octets(): Buffer;
}

function once(title: string, binary: boolean, make: () => Buffer): Corpus {
  let made: Buffer | null = null;
  const octets = (): Buffer => {
    made ??= make();
    return made;
  };
  return { title, binary, octets };
}

export const corpus = {
  report: once("JSON report", false, () => report(194_056)),
  bitmap: once("grey bitmap", true, () => bitmap(512)),
  prose: once("German prose", true, () => prose(222_218)),
  page: once("HTML page", false, () => page(263_647)),
  document: once("PDF document", true, () => document(1_042_328)),
} as const satisfies Record<string, Corpus>;
