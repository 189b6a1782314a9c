/** Their offers against what we have (RFC 6455 §9.1, RFC 7692 §5). */
import { NegotiationError } from "../http/errors.ts";
import { type ExtensionOffer, serialiseExtensions } from "../http/extensions.ts";
import type { Extension, ExtensionFactory } from "./extension.ts";

/** What a server accepts. */
export interface AcceptedExtensions {
  /** In the order in which they were agreed on: an outgoing message goes through them in this order. */
  readonly extensions: readonly Extension[];
  /** What to answer; nothing when it is empty. */
  readonly answer: readonly ExtensionOffer[];
}

/** What a client offers, in its order of preference. */
export function offerExtensions(factories: readonly ExtensionFactory[]): ExtensionOffer[] {
  return factories.flatMap((factory) =>
    factory.offer().map((parameters) => ({ name: factory.name, parameters })),
  );
}

/**
 * On a server: accepts of `offers` what it can, in the client's order of preference. Of several offers of one extension the
 * first that fits is taken. What is unknown, not valid, or claims a reserved bit that is taken, is declined.
 */
export function acceptExtensions(
  offers: readonly ExtensionOffer[],
  factories: readonly ExtensionFactory[],
): AcceptedExtensions {
  const extensions: Extension[] = [];
  const answer: ExtensionOffer[] = [];
  let taken = 0;
  for (const { name, parameters } of offers) {
    for (const factory of factories) {
      // RFC 7692 §5: the same extension is not accepted twice, nor two that use the same bits.
      if (
        factory.name !== name ||
        (factory.rsv & taken) !== 0 ||
        answer.some((other) => other.name === name)
      )
        continue;
      const accepted = decline(() => factory.accept(parameters));
      if (accepted === null) continue;
      taken |= factory.rsv;
      extensions.push(accepted.extension);
      answer.push({ name, parameters: accepted.parameters });
      break;
    }
  }
  return { extensions, answer };
}

/**
 * On a server: agrees on one extension at the most, the first of the client's preferences that fits, and gives the value of
 * Sec-WebSocket-Extensions for it; null for none.
 */
export function agreeOnExtension(
  offers: readonly ExtensionOffer[],
  factories: readonly ExtensionFactory[],
): { readonly extension: Extension | null; readonly header: string | null } {
  const { extensions, answer } = acceptExtensions(offers, factories);
  const [extension, ...others] = extensions;
  for (const other of others) other.close();
  if (extension === undefined) return { extension: null, header: null };
  return { extension, header: serialiseExtensions(answer.slice(0, 1)) };
}

function decline<T>(accept: () => T | null): T | null {
  try {
    return accept();
  } catch (error) {
    if (error instanceof NegotiationError) return null;
    throw error;
  }
}

/**
 * On a client: takes the server's answer.
 *
 * @throws NegotiationError when an extension was not offered, is there twice, claims a reserved bit that is taken, or its
 * parameters are not what was offered (RFC 6455 §4.1: "the client MUST _Fail the WebSocket Connection_").
 */
export function confirmExtensions(
  answer: readonly ExtensionOffer[],
  factories: readonly ExtensionFactory[],
): readonly Extension[] {
  if (answer.length > 0 && factories.length === 0)
    throw new NegotiationError("no extensions supported");
  const extensions: Extension[] = [];
  let taken = 0;
  try {
    for (const offer of answer) {
      if (extensions.some(({ name }) => name === offer.name))
        throw new NegotiationError(`duplicate extension: ${offer.name}`);
      const { extension, rsv } = confirmOne(offer, factories);
      extensions.push(extension);
      if ((rsv & taken) !== 0)
        throw new NegotiationError(`extension in conflict with another: ${offer.name}`);
      taken |= rsv;
    }
  } catch (error) {
    for (const extension of extensions) extension.close();
    throw error;
  }
  return extensions;
}

function confirmOne(
  { name, parameters }: ExtensionOffer,
  factories: readonly ExtensionFactory[],
): { readonly extension: Extension; readonly rsv: number } {
  let cause: unknown;
  for (const factory of factories) {
    if (factory.name !== name) continue;
    try {
      return { extension: factory.confirm(parameters), rsv: factory.rsv };
    } catch (error) {
      if (!(error instanceof NegotiationError)) throw error;
      cause = error;
    }
  }
  if (cause === undefined) throw new NegotiationError(`unsupported extension: ${name}`);
  throw new NegotiationError(`unsupported extension: ${name}: ${(cause as Error).message}`, {
    cause,
  });
}
