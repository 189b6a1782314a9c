import { bearerAuth, cookieAuth, serve } from "clearsocket";
import logging from "clearsocket/logging";

logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });

/** Of your database; tokens would be stored hashed. */
const USERS = new Map([["t0ken-of-ann", { name: "ann", isAdmin: true }]]);

const findUser = async (token) => USERS.get(token) ?? null;
const byHeader = bearerAuth({ credentials: findUser });
const byCookie = cookieAuth({ name: "session", credentials: findUser });

const server = await serve({
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 8765),
  async processRequest(request) {
    const answer = await byHeader(request);
    return answer instanceof Response ? byCookie(request) : answer;
  },
  async handler(connection) {
    const { name, isAdmin } = connection.data;
    await connection.send(`hello ${name}${isAdmin ? ", you may do everything" : ""}`);
    await connection.closed;
  },
});
await server.serveForever();
