/** What the documentation says: its examples run, its links lead somewhere, its drawings are current. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { Companions, listPages, readExamples, runExample } from "../scripts/check-examples.ts";
import { findAnchors, findDeadLinks, listMarkdown } from "../scripts/check-links.ts";
import { drawStates } from "../scripts/draw-states.ts";
import { putBetween } from "../scripts/drawing.ts";
import { FLOORS } from "./support/floors.ts";

describe("the examples of the documentation", { concurrency: 2 }, () => {
  for (const page of listPages()) {
    const examples = readExamples(page);
    const toRun = examples.filter(({ notRun }) => notRun === null);
    if (toRun.length === 0) continue;
    describe(page, { concurrency: 4 }, () => {
      const companions = new Companions();
      for (const example of toRun) {
        test(`run: ${example.place}`, () => runExample(example, examples, companions));
      }
      after(() => companions.stop());
    });
  }

  test("are in the README: one server and one client, and all of them run", () => {
    const examples = readExamples("README.md");
    assert.deepEqual(
      examples.filter(({ notRun }) => notRun !== null).map(({ place }) => place),
      [],
    );
    assert.ok(examples.some(({ code }) => code.includes("serve(")));
    assert.ok(examples.some(({ code }) => code.includes("connect(")));
  });
});

describe("the links between the pages", () => {
  test("lead to a file, and to a heading where they name one", () => {
    const pages = listMarkdown();
    assert.ok(pages.includes("README.md"));
    assert.deepEqual(
      pages.flatMap((page) => findDeadLinks(page)),
      [],
    );
  });
});

describe("ARCHITECTURE.md", () => {
  test("names only files of src/ that are there", () => {
    const text = readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8");
    const named = [...text.matchAll(/`(?:src\/)?(\w+\/[\w/-]+)(?:\.ts)?`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => Object.hasOwn(FLOORS, path.split("/")[0] ?? ""));
    assert.ok(named.length > 20, `only ${named.length} were found`);
    const missing = named.filter(
      (path) => !existsSync(new URL(`../src/${path}.ts`, import.meta.url)),
    );
    assert.deepEqual(missing, []);
  });
});

describe("the drawings", () => {
  test("of the states is that of the table by which the machine moves", () => {
    assert.equal(drawStates().isCurrent, true, "run: npm run draw");
  });
});

describe("readExamples()", () => {
  const read = (text: string): unknown[] =>
    readExamples("page.md", text).map(({ code: _code, ...rest }) => rest);
  const block = '```js\nconsole.log("8765");\n```\n';
  const plain = {
    place: "page.md:2",
    name: "example-1.mjs",
    until: null,
    beside: null,
    notRun: null,
  };

  test("takes the blocks of JavaScript and leaves the others", () => {
    assert.deepEqual(read(`${block}\n\`\`\`ts\nlet x: 1;\n\`\`\`\n\`\`\`\nx\n\`\`\`\n${block}`), [
      plain,
      { ...plain, place: "page.md:12", name: "example-2.mjs" },
    ]);
  });

  test("reads what the comment before a block says", () => {
    assert.deepEqual(read(`<!-- run: as a.mjs, until "on it" -->\n\n${block}`), [
      { ...plain, place: "page.md:4", name: "a.mjs", until: "on it" },
    ]);
    assert.deepEqual(read(`<!-- not run: a fragment -->\n${block}`), [
      { ...plain, place: "page.md:3", notRun: "a fragment" },
    ]);
  });

  test("refuses what it does not understand, rather than not run it", () => {
    const texts = [
      `<!-- run: sometimes -->\n${block}`,
      `<!-- run: beside gone.mjs -->\n${block}`,
      "<!-- not run: sh -->\n```sh\nls\n```\n",
    ];
    for (const text of texts) assert.throws(() => read(text), SyntaxError);
  });
});

describe("runExample()", () => {
  const run = (text: string): Promise<void> => {
    const examples = readExamples("page.md", text);
    return runExample(examples.at(-1)!, examples);
  };
  const waits = 'setInterval(() => {}, 1000);\nconsole.log("here");\n';

  const good: readonly (readonly [string, string])[] = [
    ["an example that ends by itself", '```js\nimport "clearsocket";\n```\n'],
    ["one that is stopped", `<!-- run: until "here" -->\n\`\`\`js\n${waits}\`\`\`\n`],
    [
      "one beside another, on the same port",
      '<!-- run: as server.mjs, until "up" -->\n```js\nimport net from "node:net";\nnet.createServer((s) => s.end()).listen(8765, () => console.log("up"));\n```\n' +
        '<!-- run: beside server.mjs -->\n```js\nimport net from "node:net";\nnet.connect(8765).resume();\n```\n',
    ],
  ];
  for (const [what, text] of good) test(`is content with ${what}`, () => run(text));

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ["throws", '```js\nthrow new Error("no");\n```\n', /page\.md:2 ended with 1[\s\S]*Error: no/],
    ["ends too early", '<!-- run: until "here" -->\n```js\n```\n', /page\.md:3 ended with 0/],
    [
      "has a companion that fails",
      '<!-- run: as a.mjs, until "x" -->\n```js\nthrow 1;\n```\n<!-- run: beside a.mjs -->\n```js\n```\n',
      /page\.md:3 ended with 1/,
    ],
  ];
  for (const [what, text, message] of bad) {
    test(`rejects for an example that ${what}`, () => assert.rejects(run(text), { message }));
  }
});

describe("findDeadLinks()", () => {
  test("finds a file and a heading that are not there, and no more", () => {
    const text =
      "# A page\n[a](README.md) [b](#a-page) [c](https://example.com/x)\n`[d](gone.md)`\n" +
      "[e](gone.md) [f](#gone) [g](LICENSE#gone)\n```\n[h](gone.md)\n```\n";
    assert.deepEqual(findDeadLinks("page.md", text), [
      "page.md: gone.md leads to no file",
      "page.md: #gone leads to no heading of page.md",
      "page.md: LICENSE#gone leads to no heading of LICENSE",
    ]);
  });

  test("writes the anchors of headings as readers' links have them", () => {
    assert.deepEqual(
      [
        ...findAnchors(
          "# One, two\n## `serve()` & more\n## One, two\n```\n# no\n```\n## [A](b.md) c\n",
        ),
      ],
      ["one-two", "serve--more", "one-two-1", "a-c"],
    );
  });
});

describe("putBetween()", () => {
  test("replaces what stands between the marks, again and again the same", () => {
    const once = putBetween("a\n<!-- x -->\nold\n<!-- /x -->\nb\n", "x", "new");
    assert.equal(once, "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n");
    assert.equal(putBetween(once, "x", "new"), once);
  });

  test("throws when a mark is missing or before the other", () => {
    for (const text of ["", "<!-- x -->", "<!-- /x --><!-- x -->"]) {
      assert.throws(() => putBetween(text, "x", "new"), /no lines <!-- x --> and <!-- \/x -->/);
    }
  });
});
