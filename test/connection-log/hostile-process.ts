/** A process without any configuration of logging, whose handler lets errors escape that hold what a peer has sent. */
import { serve } from "../../src/index.ts";
import { HOSTILE_TEXTS } from "../logging/hostile-text.ts";
import { closePayload, frame, head, RawPeer, REQUEST } from "../transcripts/raw-peer.ts";

const server = await serve(
  async (connection) => {
    for await (const message of connection) throw new Error(`bad message: ${message}`);
  },
  { host: "127.0.0.1", port: 0 },
);
const [address] = server.addresses;
for (const text of HOSTILE_TEXTS) {
  const encodable = text.replace(/[\ud800-\udfff]/g, "");
  for (const bytes of [frame(0x88, closePayload(1014, encodable)), frame(0x81, encodable)]) {
    const peer = await RawPeer.dial(typeof address === "object" ? address.port : 0);
    peer.send(head(REQUEST));
    peer.send(bytes);
    await peer.until(Buffer.of(0x88));
    peer.send(frame(0x88, closePayload(1000)));
    await peer.leave();
  }
}
await server.close();
