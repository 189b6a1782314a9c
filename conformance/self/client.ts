/** Our client, for the tester: it runs all cases, several at a time, and asks for the reports. */
import { isHeavyId } from "../cases/catalogue.ts";
import { inParallel } from "../harness/pool.ts";
import { heavyWidth } from "../harness/run-all.ts";
import { answerTester, echo, MAX_SIZE } from "./peer.ts";

const { connect } = await import("clearsocket");

const AGENT = "clearsocket";
const [, , address = "", parallel = "16"] = process.argv;

/** The one text that the tester answers with. */
async function ask(question: string): Promise<string> {
  const connection = await connect(`${address}${question}`, { logger: null });
  const answer = String(await connection.recv());
  await connection.closed;
  return answer;
}

async function runCase(number: number): Promise<void> {
  const url = `${address}/runCase?case=${number}&agent=${AGENT}`;
  const connection = await connect(url, { maxSize: MAX_SIZE, logger: null });
  await echo(connection);
  await connection.closed;
}

answerTester();
const count = Number(await ask("/getCaseCount"));
const numbers = Array.from({ length: count }, (_, index) => index + 1);
const heavy: number[] = [];
const light: number[] = [];
for (const number of numbers) {
  const { id } = JSON.parse(await ask(`/getCaseInfo?case=${number}`));
  (isHeavyId(id) ? heavy : light).push(number);
}
await inParallel(light, Number(parallel), runCase);
await inParallel(heavy, heavyWidth(Number(parallel)), runCase);
const reports = await connect(`${address}/updateReports?agent=${AGENT}`, { logger: null });
await reports.closed;
