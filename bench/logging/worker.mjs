// Measures one row of main.mjs and prints it as JSON.
import { openSync } from "node:fs";

const [kind, name, file] = process.argv.slice(2);

const loggers = {
  async ours({ off, fd, path }) {
    const { default: logging } = await import("clearsocket/logging");
    const logger = logging.getLogger("websockets.server");
    logger.setLevel(off ? logging.WARNING : logging.INFO);
    logger.propagate = false;
    if (off) logger.addHandler(new logging.NullHandler());
    else {
      const handler = path
        ? new logging.FileHandler(path)
        : new logging.FileHandler(`/proc/self/fd/${fd}`, { bufferSize: 0 });
      handler.setFormatter(new logging.Formatter("%(asctime)s %(message)s"));
      logger.addHandler(handler);
    }
    return {
      debug: () => logger.debug("> TEXT 'hello' [5 bytes]"),
      info: () => logger.info("connection open"),
    };
  },
  async pino({ off, fd, path }) {
    const { pino } = await import("pino");
    const logger = pino(
      { level: off ? "warn" : "info" },
      pino.destination({ dest: path ?? fd, sync: true }),
    );
    return {
      debug: () => logger.debug("> TEXT 'hello' [5 bytes]"),
      info: () => logger.info("connection open"),
    };
  },
  async "pino-async"({ path }) {
    const { pino } = await import("pino");
    const logger = pino({}, pino.destination({ dest: path, sync: false, minLength: 4096 }));
    return { info: () => logger.info("connection open") };
  },
  async winston() {
    const { default: winston } = await import("winston");
    const logger = winston.createLogger({
      level: "warn",
      transports: [new winston.transports.Console()],
    });
    return { debug: () => logger.debug("> TEXT 'hello' [5 bytes]") };
  },
  async logtape() {
    const { configure, getLogger } = await import("@logtape/logtape");
    await configure({
      sinks: { none: () => {} },
      loggers: [{ category: "websockets", sinks: ["none"], lowestLevel: "warning" }],
    });
    const logger = getLogger(["websockets", "server"]);
    return { debug: () => logger.debug("> TEXT 'hello' [5 bytes]") };
  },
  async log4js() {
    const { default: log4js } = await import("log4js");
    log4js.configure({
      appenders: { out: { type: "stderr" } },
      categories: { default: { appenders: ["out"], level: "warn" } },
    });
    const logger = log4js.getLogger("websockets.server");
    return { debug: () => logger.debug("> TEXT 'hello' [5 bytes]") };
  },
  async debug() {
    const { default: debug } = await import("debug");
    const log = debug("websockets:server");
    return { debug: () => log("> TEXT 'hello' [5 bytes]") };
  },
  async consola() {
    const { createConsola } = await import("consola");
    const logger = createConsola({ level: 1 });
    return { debug: () => logger.debug("> TEXT 'hello' [5 bytes]") };
  },
  async empty() {
    return { debug: () => {} };
  },
};

async function subject() {
  switch (kind) {
    case "disabled":
      return {
        call: (await loggers[name]({ off: true, fd: 2 })).debug,
        count: name === "winston" ? 2e5 : 1e7,
      };
    case "info to a buffered file":
      return { call: (await loggers[name]({ path: file })).info, count: 50_000 };
    case "info to a descriptor":
      return {
        call: (await loggers[name]({ fd: openSync("/dev/null", "w") })).info,
        count: 50_000,
      };
    case "render a frame": {
      const { describeFrame } = await import(
        new URL("../../dist/frames/describe.js", import.meta.url).href
      );
      const payload = new Uint8Array(Number(name)).fill(0x61);
      return { call: () => describeFrame(1, payload, true, 75), count: 200_000 };
    }
    default:
      throw new Error(`no such row: ${kind}`);
  }
}

// A server and twenty clients in this process: what a message costs both sides together.
async function echo() {
  const { connect, serve } = await import("clearsocket");
  const logger = name === "logger: null" ? { logger: null } : {};
  const server = await serve(
    (connection) => connection.consume((data) => void connection.post(data)),
    { port: 0, host: "127.0.0.1", compression: null, ...logger },
  );
  const { port } = server.addresses[0];
  const clients = [];
  for (let left = 20; left > 0; left -= 1) {
    clients.push(await connect(`ws://127.0.0.1:${port}`, { compression: null, ...logger }));
  }
  const message = new Uint8Array(64);
  async function run(client, rounds) {
    for (let round = 0; round < rounds; round += 1) {
      for (let left = 16; left > 0; left -= 1) client.post(message);
      for (let left = 16; left > 0; left -= 1) await client.recv();
    }
  }
  await Promise.all(clients.map((client) => run(client, 100)));
  const before = process.cpuUsage();
  const rounds = 400;
  await Promise.all(clients.map((client) => run(client, rounds)));
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({ ns: ((user + system) * 1000) / (clients.length * rounds * 16), bytes: 0 }),
  );
  process.exit(0);
}

if (kind === "echo") await echo();
const { call, count } = await subject();
function batch() {
  for (let left = count; left > 0; left -= 1) call();
}

batch();
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
let best = Number.POSITIVE_INFINITY;
for (let round = 0; round < 10; round += 1) {
  const before = process.cpuUsage();
  batch();
  const { user, system } = process.cpuUsage(before);
  best = Math.min(best, ((user + system) * 1000) / count);
  // Destinations that write later get the chance to.
  await new Promise((resolve) => setImmediate(resolve));
}
const bytes = Math.max(0, process.memoryUsage().heapUsed - heap) / (count * 10);
console.log(JSON.stringify({ ns: best, bytes }));
process.exit(0);
