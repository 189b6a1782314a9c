import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { attach } from "clearsocket";
import logging from "clearsocket/logging";

logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });

const page = await readFile(new URL("page.html", import.meta.url));
const http = createServer((request, response) => {
  const found = request.url?.split("?")[0] === "/";
  response.writeHead(found ? 200 : 404, { "Content-Type": "text/html" });
  response.end(found ? page : "not found");
});

const chat = attach(http, {
  match: "/chat",
  maxSize: 4096,
  rateLimit: { messages: 5, per: 1000 },
  processRequest: (request) => ({ data: { name: request.url.searchParams.get("name") ?? "?" } }),
  async handler(connection) {
    const { name } = connection.data;
    const say = (from, text) => chat.broadcast(JSON.stringify({ from, text }));
    say("*", `${name} has come`);
    try {
      for await (const message of connection) say(name, String(message));
    } finally {
      say("*", `${name} has left`);
    }
  },
});

const port = Number(process.env.PORT ?? 8765);
http.listen(port, "127.0.0.1", () => console.log(`open http://127.0.0.1:${port}/?name=ann`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    http.close();
    void chat.close();
  });
}
