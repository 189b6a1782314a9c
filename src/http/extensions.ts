/** Sec-WebSocket-Extensions, both ways (RFC 6455 §9.1). */
import { type HeaderScanner, isToken, scanList } from "./grammar.ts";

/** A parameter of an extension: its name, and its value or null when it stands alone. */
export type ExtensionParameter = readonly [name: string, value: string | null];

/** One extension as it is offered or accepted, with its parameters in order. Order and repetition are kept. */
export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

const HEADER = "Sec-WebSocket-Extensions";

/**
 * The extensions in all `values` of the header, in order.
 *
 * §9.1: the header may be "split across multiple lines", and each line is a list of its own.
 *
 * @throws {InvalidHeaderFormat} when a value does not obey the grammar of §9.1
 */
export function parseExtensions(values: readonly string[]): ExtensionOffer[] {
  return values.flatMap((value) => scanList(HEADER, value, scanExtension));
}

/** §9.1: extension = extension-token *( ";" extension-param ) */
function scanExtension(scanner: HeaderScanner): ExtensionOffer {
  const name = scanner.token();
  const parameters: ExtensionParameter[] = [];
  scanner.skipSpace();
  while (scanner.skip(";")) {
    scanner.skipSpace();
    parameters.push(scanParameter(scanner));
    scanner.skipSpace();
  }
  return { name, parameters };
}

/** §9.1: extension-param = token [ "=" (token | quoted-string) ] */
function scanParameter(scanner: HeaderScanner): ExtensionParameter {
  const name = scanner.token();
  scanner.skipSpace();
  if (!scanner.skip("=")) return [name, null];
  scanner.skipSpace();
  if (!scanner.atQuote) return [name, scanner.token()];
  const value = scanner.quotedString();
  // §9.1: "the value after quoted-string unescaping MUST conform to the 'token' ABNF."
  if (!isToken(value)) throw scanner.fail("invalid quoted header content");
  return [name, value];
}

/**
 * The value of the header for `extensions`.
 *
 * @throws {TypeError} when a name or a value is not a token
 */
export function serialiseExtensions(extensions: readonly ExtensionOffer[]): string {
  return extensions
    .map(({ name, parameters }) =>
      [checkToken(name), ...parameters.map(serialiseParameter)].join("; "),
    )
    .join(", ");
}

function serialiseParameter([name, value]: ExtensionParameter): string {
  return value === null ? checkToken(name) : `${checkToken(name)}=${checkToken(value)}`;
}

function checkToken(text: string): string {
  if (typeof text === "string" && isToken(text)) return text;
  throw new TypeError(`invalid ${JSON.stringify(text)} in ${HEADER}: a token is expected`);
}
