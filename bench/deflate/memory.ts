/**
 * What compression keeps for a connection that has sent and received `--messages` messages of 1 KiB:
 * `node --expose-gc … bench/deflate/memory.ts [--connections 10000] [--messages 1]`. Its figures stand in decision 0020.
 */
import { parseArgs } from "node:util";
import zlib from "node:zlib";
import { deflateForServer } from "../../src/extensions/deflate-negotiation.ts";
import type { CompressionOptions } from "../../src/extensions/deflate-options.ts";
import { nodeOneShot } from "../../src/node/deflate.ts";
import { corpus } from "./corpus.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    messages: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const connections = Number(values.connections);
const messages =
  corpus(Number(values.messages)).find(({ kind }) => kind === "ticks")?.messages ?? [];
const sink = { limit: Number.POSITIVE_INFINITY, size: 0, write: () => true };

async function rss(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().rss;
}

function ours(options: CompressionOptions): () => unknown {
  const factory = deflateForServer(options, nodeOneShot);
  const packer = deflateForServer(options, nodeOneShot).accept([
    ["client_max_window_bits", null],
  ])?.extension;
  const packed = messages.map(
    (message) =>
      packer?.encode(message, { first: true, fin: true, compress: true })?.slice() as Uint8Array,
  );
  return () => {
    const extension = factory.accept([["client_max_window_bits", null]])?.extension;
    for (const [at, message] of messages.entries()) {
      const data = packed[at] as Uint8Array;
      extension?.decode(data, 0, data.length, true, sink);
      extension?.encode(message, { first: true, fin: true, compress: true });
    }
    return extension;
  };
}

/** As ws does with its defaults. */
async function streams(): Promise<unknown> {
  const pair = [zlib.createDeflateRaw(), zlib.createInflateRaw()] as const;
  for (const stream of pair) stream.resume();
  for (const message of messages) {
    const [deflate, inflate] = pair;
    const data = zlib.deflateRawSync(message, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
    deflate.write(message);
    inflate.write(data);
    for (const stream of pair)
      await new Promise<void>((resolve) => stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve));
  }
  return pair;
}

const candidates: readonly (readonly [name: string, make: () => unknown])[] = [
  ["takeover", ours({})],
  ["no-takeover", ours({ serverNoContextTakeover: true, clientNoContextTakeover: true })],
  ["window-15", ours({ serverMaxWindowBits: 15, clientMaxWindowBits: 15 })],
  ["zlib", ours({ codec: "zlib" })],
  ["streams", streams],
];
for (const [name, make] of candidates) {
  if (values.only !== undefined && values.only !== name) continue;
  const kept: unknown[] = [];
  await make();
  const before = await rss();
  for (let count = 0; count < connections; count++) kept.push(await make());
  const after = await rss();
  console.log(
    `${name.padEnd(12)} ${((after - before) / kept.length / 1024).toFixed(1).padStart(7)} KiB a connection`,
  );
}
