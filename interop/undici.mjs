// Node's own WebSocket as the client of an echo server.
import assert from "node:assert/strict";
import { once } from "node:events";

const BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
const socket = new WebSocket(process.argv[2]);
socket.binaryType = "arraybuffer";
await once(socket, "open");
socket.send("héllo 🦊");
const [text] = await once(socket, "message");
assert.equal(text.data, "héllo 🦊");
socket.send(BYTES);
const [binary] = await once(socket, "message");
assert.deepEqual(new Uint8Array(binary.data), BYTES);
socket.close(1000, "done");
const [{ code, wasClean }] = await once(socket, "close");
assert.deepEqual({ code, wasClean }, { code: 1000, wasClean: true });
