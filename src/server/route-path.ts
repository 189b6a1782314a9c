/**
 * Paths with parameters, such as `/chat/:room`: a part of what URLPattern means by the same text.
 *
 * A segment is itself, or `:name` for any one segment that is not empty, or at the end `*` for all that follows.
 */
import { show } from "../connection/options.ts";

/** The parameters of a path, by name: those of `/chat/:room/*` are `room` and `0`. */
export type PathParameters<P extends string> = string extends P
  ? Readonly<Record<string, string>>
  : { readonly [Name in NameIn<P>]: string };

type NameIn<P extends string> = P extends `${infer First}/${infer Rest}`
  ? NameOf<First> | NameIn<Rest>
  : NameOf<P>;

type NameOf<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends "*"
    ? "0"
    : never;

/** Reads a pathname: its parameters, decoded, or null when it is another. */
type PathReader = (pathname: string) => Readonly<Record<string, string>> | null;

/**
 * Makes a reader of a path.
 *
 * @throws TypeError for a path that means something else to URLPattern, or nothing.
 */
export function compilePath(path: string): PathReader {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new TypeError(`the path of a route is ${show(path)}: it must begin with a slash`);
  }
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  segments.forEach((segment, at) => {
    const name = /^:([A-Za-z_$][\w$]*)$/.exec(segment)?.[1];
    const isLastStar = segment === "*" && at === segments.length - 1;
    if (name === undefined && !isLastStar && /[:*?+(){}\\#[\]\s]/.test(segment)) {
      throw new TypeError(
        `the path of a route is ${show(path)}: a segment can be a text, :name, or * at the end`,
      );
    }
    if (name === undefined) return;
    if (names.has(name)) {
      throw new TypeError(`the path of a route is ${show(path)}: it has :${name} twice`);
    }
    names.add(name);
  });
  // As URL writes them, which is how pathnames come.
  const wanted = segments.map((segment) =>
    segment.startsWith(":") ? segment : new URL(`http://h/${segment}`).pathname.slice(1),
  );
  return (pathname) => readPath(wanted, pathname.slice(1).split("/"));
}

function readPath(
  wanted: readonly string[],
  given: readonly string[],
): Readonly<Record<string, string>> | null {
  const isOpen = wanted.at(-1) === "*";
  if (isOpen ? given.length < wanted.length : given.length !== wanted.length) return null;
  // No name of a stranger's choice is a key here; still, none is inherited either.
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [at, segment] of wanted.entries()) {
    const value = given[at] ?? "";
    if (segment.startsWith(":")) {
      const text = value === "" ? null : decode(value);
      if (text === null) return null;
      found[segment.slice(1)] = text;
    } else if (segment === "*" && at === wanted.length - 1) {
      const text = decode(given.slice(at).join("/"));
      if (text === null) return null;
      found["0"] = text;
    } else if (segment !== value) {
      return null;
    }
  }
  return found;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
