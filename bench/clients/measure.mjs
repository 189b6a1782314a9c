// Measures a client by the contract of bench/README.md: $PORT, $WORK ("echo", "receive", "send" or "connect"),
// $CONNECTIONS, $DEPTH, $SIZE, $SECONDS, $WARMUP. Writes one line of JSON.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

const { PORT = "9001", WORK = "echo" } = process.env;
const [connections, depth, size, seconds, warmup] = [
  ["CONNECTIONS", 1],
  ["DEPTH", 1],
  ["SIZE", 64],
  ["SECONDS", 2],
  ["WARMUP", 1],
].map(([name, standard]) => Number(process.env[name] ?? standard));

const PATHS = { echo: "/", receive: "/source", send: "/sink", connect: "/" };
/** Messages that the server sends for one order; two orders are open at any time. */
const BATCH = 1000;
/** Messages sent in one turn of the event loop, and bytes that may wait before none are: few, as what waits has cost little. */
const BURST = 100;
const WAITING_MAX = 64 * 1024;

let count = 0;
let running = true;
const times = (number, act) => Promise.all(Array.from({ length: number }, act));

async function echo(open, url, message) {
  await times(connections, async () => {
    const connection = await open(url, () => {
      count += 1;
      if (running) connection.send(message);
    });
    for (let left = depth; left > 0; left -= 1) connection.send(message);
  });
}

async function receive(open, url) {
  await times(connections, async () => {
    let received = 0;
    const order = `${BATCH} ${size}`;
    const connection = await open(url, () => {
      count += 1;
      received += 1;
      if (running && received % BATCH === 0) connection.send(order);
    });
    connection.send(order);
    connection.send(order);
  });
}

async function keepSending(connection, message) {
  while (running) {
    for (let left = connection.waiting() < WAITING_MAX ? BURST : 0; left > 0; left -= 1) {
      connection.send(message);
      count += 1;
    }
    await nextTurn();
  }
}

async function send(open, url, message) {
  await times(connections, async () => {
    const connection = await open(url, () => {});
    void keepSending(connection, message);
  });
}

async function keepConnecting(open, url) {
  while (running) {
    const connection = await open(url, () => {});
    await connection.close();
    count += 1;
  }
}

async function connect(open, url) {
  void times(connections, () => keepConnecting(open, url));
}

const WORKS = { echo, receive, send, connect };

/**
 * `open(url, onMessage)` resolves, once the connection is open, with `send(data)`, `waiting()`, the bytes not yet handed to
 * the system, and `close()`, which resolves when the connection has closed.
 */
export async function measure(open) {
  const message = new Uint8Array(size).fill(120);
  await WORKS[WORK](open, `ws://127.0.0.1:${PORT}${PATHS[WORK]}`, message);
  await sleep(1000 * warmup);
  const [time, cpu, before] = [performance.now(), process.cpuUsage(), count];
  await sleep(1000 * seconds);
  const elapsed = (performance.now() - time) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const done = count - before;
  running = false;
  console.log(
    JSON.stringify({
      errors: 0,
      seconds: elapsed,
      count: done,
      perSecond: done / elapsed,
      bytesPerSecond: WORK === "connect" ? 0 : (done * size) / elapsed,
      serverCpu: (user + system) / 1e6 / elapsed,
      cpuPerMessage: (user + system) / done,
    }),
  );
  process.exit(0);
}
