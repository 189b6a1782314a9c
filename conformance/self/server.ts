/** Our echo server, for the tester. */
import { answerTester, echo, MAX_SIZE, tell } from "./peer.ts";

const { serve } = await import("clearsocket");

answerTester();
const server = await serve(echo, { host: "127.0.0.1", port: 0, maxSize: MAX_SIZE, logger: null });
const [address] = server.addresses;
if (typeof address !== "object") throw new Error("the server does not listen on a port");
tell({ kind: "listening", port: address.port });
