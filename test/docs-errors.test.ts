/** docs/topics/errors.md: every error of the library is on the page, and every sentence of the page is one of the library's. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseSync } from "oxc-parser";
import * as entry from "../src/index.ts";
import * as protocol from "../src/protocol/index.ts";

const PAGE = readFileSync(new URL("../docs/topics/errors.md", import.meta.url), "utf8");

/** What the sources can say: plain strings, and strings with holes. */
interface Sentences {
  readonly plain: ReadonlySet<string>;
  readonly holed: readonly RegExp[];
}

function readSentences(): Sentences {
  const plain = new Set<string>();
  const holed: RegExp[] = [];
  walkSources((node) => {
    if (node.type === "Literal" && typeof node.value === "string") plain.add(node.value);
    // No sentence has more holes; patterns with more take long to match.
    if (node.type !== "TemplateLiteral" || (node.expressions as unknown[]).length > 5) return;
    const parts = partsOf(node).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    holed.push(new RegExp(`^${parts.join("(.*)")}$`));
  });
  return { plain, holed };
}

/** The texts of a template, between its holes. */
function partsOf(template: Node): string[] {
  return (template.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
}

function walkSources(visit: (node: Node) => void): void {
  const root = new URL("../src/", import.meta.url);
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts")) continue;
    const { program } = parseSync(path, readFileSync(new URL(path, root), "utf8"));
    walk(program as unknown as Node, visit);
  }
}

type Node = { readonly type?: unknown } & Readonly<Record<string, unknown>>;

function walk(node: Node, visit: (node: Node) => void): void {
  if (typeof node.type === "string") visit(node);
  for (const child of Object.values(node)) {
    if (typeof child === "object" && child !== null) walk(child as Node, visit);
  }
}

/** Which argument of an error's constructor is its sentence, or the end of it. */
const SENTENCE_OF: ReadonlyMap<string, number> = new Map([
  ["ProtocolError", 0],
  ["InvalidUtf8", 0],
  ["SecurityError", 0],
  ["NegotiationError", 0],
  ["ProxyError", 0],
  ["ConcurrencyError", 0],
  ["TimeoutError", 0],
  ["InvalidURI", 1],
]);

/** The sentences with which the sources make errors, with `…` for what differs. */
function readThrown(): Set<string> {
  const sentences = new Set<string>();
  walkSources((node) => {
    if (node.type !== "NewExpression") return;
    const at = SENTENCE_OF.get(String((node.callee as Node).name));
    const argument = at === undefined ? undefined : (node.arguments as Node[])[at];
    if (argument?.type === "Literal") sentences.add(String(argument.value));
    if (argument?.type === "TemplateLiteral") sentences.add(partsOf(argument).join("…"));
  });
  return sentences;
}

/** What was found for a sentence. */
const known = new Map<string, boolean>();

/** Whether the library can print it. `…` and digits stand for anything; all else has to come from the sources. */
function isPrinted(sentence: string, sentences: Sentences): boolean {
  const text = sentence.trim();
  if (/^[…\d]*$/.test(text) || sentences.plain.has(text)) return true;
  const found =
    known.get(text) ??
    sentences.holed.some((pattern) => {
      const holes = pattern.exec(text)?.slice(1) ?? pattern.exec(` ${text}`)?.slice(1);
      if (holes === undefined) return false;
      return holes.every((hole) => hole.length < text.length && isPrinted(hole, sentences));
    });
  known.set(text, found);
  return found;
}

/** The code spans of the page's tables that hold more than a word, but for snippets of code and of settings. */
function readMessages(page: string): string[] {
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  return rows
    .flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span))
    .filter((span) => span.includes(" ") && !/[{}]|^[A-Z]\w*: |: null$|^proxy_/.test(span));
}

describe("the page of errors", () => {
  const all: readonly unknown[] = Object.values({ ...entry, ...protocol });
  const classes = all.filter(
    (value): value is typeof Error =>
      typeof value === "function" && value.prototype instanceof Error,
  );

  test("has every class of error", () => {
    assert.ok(classes.length > 30, `only ${classes.length} were found`);
    const missing = classes.map(({ name }) => name).filter((name) => !PAGE.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });

  test("has every close code that may be on the wire or be reported", () => {
    const codes = (Object.values(protocol) as unknown[]).filter(
      (value): value is number => typeof value === "number" && value >= 1000 && value < 5000,
    );
    assert.ok(codes.length > 10, `only ${codes.length} were found`);
    assert.deepEqual(
      codes.filter((code) => !PAGE.includes(`\n| ${code} |`)),
      [],
    );
  });

  test("has only sentences that the library prints", () => {
    const sentences = readSentences();
    const messages = readMessages(PAGE);
    assert.ok(messages.length > 60, `only ${messages.length} were found`);
    // Node's own, for a socket that the other side's system has cut.
    const foreign = new Set(["read ECONNRESET"]);
    assert.deepEqual(
      messages.filter((message) => !foreign.has(message) && !isPrinted(message, sentences)),
      [],
    );
  });

  test("has every sentence with which the library fails a connection or a handshake", () => {
    const messages = readMessages(PAGE).map((message) => message.replaceAll("…", ""));
    const said = (sentence: string): boolean =>
      messages.some((message) => message.includes(sentence.replaceAll("…", "")));
    const sentences = [...readThrown()];
    assert.ok(sentences.length > 40, `only ${sentences.length} were found`);
    assert.deepEqual(
      sentences.filter((sentence) => !said(sentence)),
      [],
    );
  });

  test("is judged by a check that knows a wrong sentence", () => {
    const sentences = readSentences();
    for (const wrong of [
      "reserved bits must be one",
      "can't connect to …: nobody is at home",
      "sent …; then recieved …",
    ]) {
      assert.equal(isPrinted(wrong, sentences), false, wrong);
    }
  });
});
