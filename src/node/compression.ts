/** permessage-deflate as servers and clients on Node have it: our codec, with node:zlib for large messages. */
import { deflateForClient, deflateForServer } from "../extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../extensions/deflate-options.ts";
import type { ExtensionFactory } from "../extensions/extension.ts";
import { nodeOneShot } from "./deflate.ts";

export type { CompressionOptions, ExtensionFactory };

/** The option `compression` of a server; null is none. @throws TypeError, RangeError when an option is not valid */
export function serverCompression(
  options: CompressionOptions | null = {},
): readonly ExtensionFactory[] {
  return options === null ? [] : [deflateForServer(options, nodeOneShot)];
}

/** The option `compression` of a client; null is none. @throws TypeError, RangeError when an option is not valid */
export function clientCompression(
  options: CompressionOptions | null = {},
): readonly ExtensionFactory[] {
  return options === null ? [] : [deflateForClient(options, nodeOneShot)];
}
