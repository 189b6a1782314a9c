/**
 * A drawing that a page of the documentation takes from the code: it stands between two marks of the page, and a test
 * asks whether it is current.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A page and what it should say. */
export interface Drawing {
  /** Whether the page shows it already. */
  readonly isCurrent: boolean;
  /** Writes the page. */
  write(): void;
}

/** `text`, drawn between `<!-- name -->` and `<!-- /name -->` of `page`, a path from the root of the project. */
export function drawInto(page: string, name: string, text: string): Drawing {
  const file = new URL(`../${page}`, import.meta.url);
  const old = readFileSync(file, "utf8");
  const drawn = putBetween(old, name, text);
  return { isCurrent: drawn === old, write: () => writeFileSync(file, drawn) };
}

/** `page` with `text` between its two marks; throws when they are not there, in this order. */
export function putBetween(page: string, name: string, text: string): string {
  const [open, shut] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(open);
  const end = page.indexOf(shut);
  if (start === -1 || end < start) throw new Error(`no lines ${open} and ${shut}, in this order`);
  return `${page.slice(0, start + open.length)}\n\n${text}\n\n${page.slice(end)}`;
}

/** Whether the module of this URL is the program that Node was started with. */
export function isProgram(url: string): boolean {
  return process.argv[1] === fileURLToPath(url);
}
