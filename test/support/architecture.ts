/**
 * Holds sources against the rules of the house: `checkHouse(files)` gives one sentence a fault, which names the file
 * and the rule. It works on a map of path to text, so that a test can plant a fault without touching the disk.
 */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Declaration, parseSync, Visitor } from "oxc-parser";
import { FLOORS, type Wing } from "./floors.ts";

/** The most lines of code that a file may have; blank lines and comments are not counted. */
export const MOST_LINES = 300;

const DRAWERS = new Set(
  "common const constants helper helpers interfaces misc shared type types util utils".split(" "),
);

/** `process.getBuiltinModule` counts as an import of Node, whatever it is then asked for. */
const ASKING = "getBuiltinModule";

interface Import {
  readonly specifier: string;
  readonly isType: boolean;
}

interface House {
  readonly files: ReadonlyMap<string, string>;
  /** The sources that package.json's "exports" names. */
  readonly entries: ReadonlySet<string>;
  readonly floors: Readonly<Record<string, Wing>>;
}

/**
 * Every fault of `files` (path from the root of the project, such as `src/frames/parse.ts`, to text), each as a
 * sentence that names the file and, in brackets, the rule. `entries` are the sources that package.json exports.
 */
export function checkHouse(
  files: ReadonlyMap<string, string>,
  entries: ReadonlySet<string>,
  floors: Readonly<Record<string, Wing>> = FLOORS,
): string[] {
  const house: House = { files, entries, floors };
  const faults: string[] = [];
  const graph = new Map<string, Set<string>>();
  const wings = new Map<string, Set<string>>();
  for (const [file, text] of files) {
    const { imports, lines, undocumented, errors } = readSource(file, text);
    for (const error of errors) faults.push(`${file} does not parse: ${error} [syntax]`);
    faults.push(...checkFile(house, file, lines));
    for (const name of undocumented) {
      faults.push(`${file} exports ${name} without a docstring [docs: every export has one]`);
    }
    const targets = new Set<string>();
    for (const found of imports) {
      const fault = judgeImport(house, file, found);
      if (fault !== undefined) faults.push(fault);
      for (const target of targetsOf(house, file, found)) targets.add(target);
    }
    graph.set(file, targets);
    const from = wingOf(file);
    const over = wings.get(from) ?? new Set();
    for (const target of targets) if (wingOf(target) !== from) over.add(wingOf(target));
    wings.set(from, over);
  }
  for (const circle of findCircles(graph)) {
    faults.push(`${circle[0]} imports itself in a circle: ${circle.join(" -> ")} [circles: files]`);
  }
  for (const circle of findCircles(wings)) {
    faults.push(`src/${circle[0]} stands in a circle: ${circle.join(" -> ")} [circles: folders]`);
  }
  return faults;
}

/** The faults of the table itself: a wing that may import upward or sideways, or that names a wing that is not. */
export function checkFloors(floors: Readonly<Record<string, Wing>>): string[] {
  const faults: string[] = [];
  for (const [name, wing] of Object.entries(floors)) {
    for (const lower of wing.imports) {
      const below = floors[lower];
      if (below === undefined) faults.push(`${name} may import ${lower}, which is no wing`);
      else if (below.floor >= wing.floor) {
        faults.push(`${name} (floor ${wing.floor}) may import ${lower} (floor ${below.floor})`);
      }
    }
  }
  return faults;
}

/** The wing that a source belongs to: a folder of src/, or the file itself when it stands in src/. */
export function wingOf(file: string): string {
  return file.split("/")[1] ?? file;
}

function checkFile({ entries, floors }: House, file: string, lines: number): string[] {
  const faults: string[] = [];
  const [, ...parts] = file.split("/");
  const name = parts.at(-1) ?? "";
  if (floors[wingOf(file)] === undefined) {
    faults.push(`${file} stands in no wing of test/support/floors.ts [floors: every file has one]`);
  }
  for (const part of parts) {
    const word = part.replace(/\.ts$/, "");
    if (DRAWERS.has(word)) {
      faults.push(`${file} is a drawer: name it for what it holds, not "${word}" [drawers]`);
    }
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(word)) {
      faults.push(`${file}: "${part}" is not kebab-case [names]`);
    }
  }
  if (name === "index.ts" && !entries.has(file)) {
    faults.push(
      `${file} is an index.ts that package.json does not export [index.ts: entries only]`,
    );
  }
  if (lines > MOST_LINES) {
    faults.push(
      `${file} has ${lines} lines of code, ${MOST_LINES} are allowed: it holds more than one concept [size]`,
    );
  }
  return faults;
}

/** The sources that an import means: one, none, or every platform. */
function targetsOf({ files }: House, file: string, { specifier }: Import): string[] {
  if (specifier === "#platform") {
    return [...files.keys()].filter((path) => wingOf(path) === "platform");
  }
  const target = posix.join(posix.dirname(file), specifier);
  return specifier.startsWith(".") && files.has(target) ? [target] : [];
}

/** The sentence of the rule that an import breaks, if it breaks one. */
function judgeImport(house: House, file: string, found: Import): string | undefined {
  const { floors } = house;
  const { specifier } = found;
  const from = wingOf(file);
  const wing = floors[from];
  if (specifier === "#platform") return checkFloor(file, "platform", specifier, floors);
  if (isBuiltin(specifier) || specifier === ASKING) {
    if (specifier === ASKING && wing?.asksForNode) return undefined;
    if (wing?.node === "every file" || wing?.node?.includes(file)) return undefined;
    return `${file} imports ${specifier}: ${from} runs in browsers too, so it may not; take it from #platform, or give it to a higher floor [platform]`;
  }
  if (!specifier.startsWith(".")) {
    if (found.isType && wing?.foreignTypes) return undefined;
    return `${file} imports ${specifier}: the package has no dependencies; foreign objects come as arguments [dependencies]`;
  }
  const [target] = targetsOf(house, file, found);
  if (target === undefined) {
    return `${file} imports ${specifier}, which is no file of src [imports]`;
  }
  if (posix.basename(target) === "index.ts" && file !== "src/index.ts") {
    return `${file} imports the entry ${target}: inside, import the file that has the name; only src/index.ts may import an entry [index.ts: no barrels]`;
  }
  const to = wingOf(target);
  if (to === from) return undefined;
  if (to === "platform") {
    return `${file} imports ${target}: write #platform, so that each platform gets its own [platform]`;
  }
  return checkFloor(file, to, specifier, floors);
}

function checkFloor(
  file: string,
  to: string,
  specifier: string,
  floors: Readonly<Record<string, Wing>>,
): string | undefined {
  const from = wingOf(file);
  const wing = floors[from];
  if (wing === undefined || wing.imports.includes(to)) return undefined;
  const above = (floors[to]?.floor ?? 9) > wing.floor ? ", and this one runs upward" : "";
  const allowed = wing.imports.length === 0 ? "nothing of ours" : wing.imports.join(", ");
  return `${file} imports ${specifier} of ${to}: ${from} (floor ${wing.floor}) may import ${allowed}${above} [floors: who may import whom]`;
}

interface Source {
  readonly imports: readonly Import[];
  /** How many lines of code it has. */
  readonly lines: number;
  /** The names that it declares and exports without a docstring; of an overloaded function the first counts. */
  readonly undocumented: readonly string[];
  readonly errors: readonly string[];
}

/** What a source imports, in whatever way it says so, and what else the rules ask about. */
function readSource(file: string, text: string): Source {
  const parsed = parseSync(file, text);
  const imports: Import[] = [];
  const add = (specifier: unknown, isType: boolean): void => {
    if (typeof specifier === "string") imports.push({ specifier, isType });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.importKind === "type"),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === "type"),
    ExportNamedDeclaration: (node) => add(node.source?.value, node.exportKind === "type"),
    TSImportType: (node) => add(node.source.value, true),
    ImportExpression: ({ source }) => {
      if (source.type === "Literal") add(source.value, false);
      if (source.type === "TemplateLiteral") add(source.quasis[0]?.value.cooked, false);
    },
    CallExpression: ({ callee, arguments: [first] }) => {
      if (first?.type !== "Literal") return;
      if (callee.type === "Identifier" && callee.name === "require") add(first.value, false);
    },
    MemberExpression: ({ property }) => {
      if (property.type === "Identifier" && property.name === ASKING) add(ASKING, false);
    },
  }).visit(parsed.program);
  let code = text;
  for (const { start, end } of parsed.comments) {
    const blank = text.slice(start, end).replace(/[^\n]/g, " ");
    code = code.slice(0, start) + blank + code.slice(end);
  }
  const lines = code.split("\n").filter((line) => line.trim() !== "").length;
  const documented = new Map<string, boolean>();
  for (const statement of parsed.program.body) {
    if (statement.type !== "ExportNamedDeclaration" || statement.declaration === null) continue;
    const hasDocs = parsed.comments.some(
      ({ type, value, end }) =>
        type === "Block" && value.startsWith("*") && /^\s*$/.test(text.slice(end, statement.start)),
    );
    for (const name of namesOf(statement.declaration)) {
      documented.set(name, documented.get(name) ?? hasDocs);
    }
  }
  const undocumented = [...documented].flatMap(([name, hasDocs]) => (hasDocs ? [] : name));
  return { imports, lines, undocumented, errors: parsed.errors.map((error) => error.message) };
}

function namesOf(declaration: Declaration): string[] {
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.map(({ id }) => (id.type === "Identifier" ? id.name : "…"));
  }
  const { id } = declaration;
  return id?.type === "Identifier" ? [id.name] : [];
}

/** One circle, as a path that ends where it begins, for each knot of the graph (Tarjan's components). */
export function findCircles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const mine = order.size;
    let low = mine;
    order.set(node, mine);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === mine) {
      const knot = new Set(stack.splice(stack.indexOf(node)));
      const circle = walkRound(graph, node, knot);
      if (circle !== undefined) circles.push(circle);
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** The shortest way from `start` back to itself within `knot`. */
function walkRound(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
  knot: ReadonlySet<string>,
): string[] | undefined {
  const paths: string[][] = [[start]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const next of graph.get(path.at(-1) ?? start) ?? []) {
      if (next === start) return [...path, start];
      if (!knot.has(next) || seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return undefined;
}
