/** The states that a connection can be in, and how it gets there. */
import { open, type Setup, type Side, settle, type TestPeer } from "./connection.ts";

/** How a connection gets into a state, after it was opened. */
export const WAYS: { readonly [state: string]: (peer: TestPeer) => Promise<void> } = {
  open: async () => {},
  "closing, begun by us": async ({ connection }) => {
    void connection.close(1000, "bye");
  },
  "closing, begun by the peer, not answered yet": async (peer) => {
    peer.send(peer.text("last"), peer.close(1000));
    await peer.connection.recv();
  },
  "closing, begun by the peer and answered": async (peer) => {
    peer.send(peer.close(1000));
  },
  "failing, while the reader is busy": async (peer) => {
    peer.send(peer.text("last"), peer.frame(3));
    await peer.connection.recv();
  },
  "failed because of the peer": async (peer) => {
    peer.send(peer.frame(3));
  },
  "failed by our own error": async ({ connection }) => {
    connection.crash(1011, new Error("planted"));
  },
  "ended by the peer without a Close": async (peer) => {
    peer.transport.feedEnd();
  },
  "closed, by both": async (peer) => {
    void peer.connection.close(1001, "bye");
    await peer.finish(1001);
  },
  "closed by a code that is no good": async (peer) => {
    await peer.finish(4000);
  },
  "lost to an error": async (peer) => {
    peer.transport.close(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  },
  aborted: async ({ connection }) => {
    connection.abort();
  },
  "given up, after the closing took too long": async (peer) => {
    void peer.connection.close();
    peer.clock.advance(10_000);
  },
};

/** A connection in that state. */
export async function enter(way: string, side: Side, setup: Setup = {}): Promise<TestPeer> {
  const peer = open({ side, ...setup });
  await WAYS[way]!(peer);
  await settle();
  return peer;
}
