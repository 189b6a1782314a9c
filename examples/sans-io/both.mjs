import { ClientProtocol, ServerProtocol } from "clearsocket/protocol";

const client = new ClientProtocol("ws://example.com/chat", { subprotocols: ["echo"] });
const server = new ServerProtocol({ subprotocols: ["echo"] });

/** Carries what waits from one machine to the other. @returns whether there was anything */
function carry(from, to) {
  const { bytes, end } = from.output();
  if (bytes.length > 0) to.receive(bytes);
  if (end) to.receiveEof();
  return bytes.length > 0;
}

function runServer() {
  for (const event of server.events()) {
    if (event.kind === "request") server.accept();
    else if (event.kind === "text") server.sendText(event.data.toUpperCase());
  }
}

function runClient() {
  for (const event of client.events()) {
    if (event.kind === "state") console.log("client is", event.state);
    if (event.kind === "state" && event.state === "open") client.sendText("hello");
    if (event.kind === "text") {
      console.log(event.data);
      client.sendClose(1000, "bye");
    }
  }
}

let busy = true;
while (busy) {
  const sent = carry(client, server);
  runServer();
  const answered = carry(server, client);
  runClient();
  busy = sent || answered;
}
console.log(`closed with ${server.closeCode} ${server.closeReason}`);
