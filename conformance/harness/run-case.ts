/** One case on one open connection. */
import type { Frame } from "../wire/frame.ts";
import { BINARY, fragments, TEXT } from "../wire/frame.ts";
import type { Case, Occurrence, Script, Series, Step } from "./case.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Outcome } from "./outcome.ts";
import { outcomeOf } from "./outcome.ts";
import { type Behaviour, type Judgement, judgeList, sameList } from "./verdict.ts";
import type { WireLog } from "./wire-log.ts";

const PAUSE_BETWEEN_PARTS = 1000;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Plays a case to its end, which is the end of the TCP connection. */
export async function runCase(subject: Case, endpoint: Endpoint, log: WireLog): Promise<Outcome> {
  const received: Occurrence[] = [];
  let verdict: () => Judgement<Behaviour>;
  if (subject.negotiation !== undefined && endpoint.deflater === null) {
    verdict = () => ({ verdict: "UNIMPLEMENTED", why: "permessage-deflate was not negotiated" });
    endpoint.onOccurrence = (occurrence) => received.push(occurrence);
    endpoint.start();
    endpoint.close(1000);
  } else if (subject.play.kind === "script") {
    verdict = playScript(subject, subject.play, endpoint, received, log);
  } else {
    verdict = playSeries(subject.play, endpoint);
  }
  await endpoint.gone;
  return outcomeOf(subject, verdict(), endpoint.facts, received, log);
}

function playScript(
  subject: Case,
  script: Script,
  endpoint: Endpoint,
  received: Occurrence[],
  log: WireLog,
): () => Judgement<Behaviour> {
  const closesWhenDone = script.closesWhenDone && subject.ending.by === "tester";
  const finishWhenDone = (): void => {
    if (closesWhenDone && sameList(received, script.ok)) endpoint.close(1000);
  };
  endpoint.onOccurrence = (occurrence) => {
    received.push(occurrence);
    finishWhenDone();
  };
  const mark = (name: string): void => {
    received.push({ kind: "mark", name });
    log.note(`still open after part ${name}`);
  };
  endpoint.start();
  void takeSteps(script.steps, endpoint, mark);
  return () => judgeList(script, received);
}

async function takeSteps(
  steps: readonly Step[],
  endpoint: Endpoint,
  mark: (name: string) => void,
): Promise<void> {
  for (const step of steps) {
    switch (step.do) {
      case "send":
        endpoint.send(step.frames, step.manner);
        break;
      case "kill":
        endpoint.killAfter(step.after);
        break;
      case "close":
        endpoint.closeAfter(step.after);
        break;
      case "pause":
        await sleep(step.ms);
        if (!endpoint.isOpen) return;
        if (step.mark !== undefined) mark(step.mark);
        break;
      case "parts":
        if (!(await sendParts(step.frame, step.sizes, step.marks, endpoint, mark))) return;
        break;
      default:
        step satisfies never;
    }
  }
}

/** False when the connection was no longer open before the last part. */
async function sendParts(
  frame: Frame,
  sizes: readonly number[],
  marks: readonly string[],
  endpoint: Endpoint,
  mark: (name: string) => void,
): Promise<boolean> {
  const encoded = endpoint.encode(frame);
  let start = 0;
  let end = encoded.length - frame.payload.length;
  const total = frame.payload.length;
  for (const [index, size] of [...sizes, total].entries()) {
    if (index > 0) {
      await sleep(PAUSE_BETWEEN_PARTS);
      if (!endpoint.isOpen) return false;
      mark(marks[index - 1] ?? "");
    }
    end = Math.min(end + size, encoded.length);
    const remark = `${index === 0 ? `the head of a frame of ${total} octets, and ` : ""}its next octets, write ${index + 1}`;
    endpoint.sendOctets(encoded.subarray(start, end), remark);
    start = end;
  }
  return true;
}

function playSeries(series: Series, endpoint: Endpoint): () => Judgement<Behaviour> {
  let done = 0;
  let fault: string | null = null;
  const sendNext = async (): Promise<void> => {
    const { binary, payload, fragmentSize, manner } = series.message(done);
    const { deflater } = endpoint;
    const data = deflater === null ? payload : await deflater.deflate(payload);
    const rsv = deflater === null ? 0 : 4;
    if (!endpoint.isOpen) return;
    endpoint.send(fragments(binary ? BINARY : TEXT, data, fragmentSize, rsv), manner);
  };
  const finish = (): void => endpoint.close(1000);
  endpoint.onOccurrence = (occurrence) => {
    if (occurrence.kind !== "message" || fault !== null || done === series.count) return;
    fault = faultOfEcho(series, done, occurrence.payload, occurrence.binary);
    if (fault === null) done += 1;
    if (fault !== null || done === series.count) finish();
    else void sendNext();
  };
  endpoint.limitTo(series.limit);
  endpoint.start();
  void sendNext();
  return () => {
    if (done === series.count)
      return { verdict: "OK", why: `${done} of ${series.count} echoes are right` };
    return { verdict: "FAILED", why: fault ?? `${done} of ${series.count} echoes came` };
  };
}

function faultOfEcho(
  series: Series,
  index: number,
  payload: Buffer,
  binary: boolean,
): string | null {
  const sent = series.message(index);
  const which = `echo ${index + 1}`;
  if (binary !== sent.binary) return `${which} has the wrong type`;
  if (payload.length !== sent.payload.length) {
    return `${which} has ${payload.length} octets instead of ${sent.payload.length}`;
  }
  return series.exact && !payload.equals(sent.payload) ? `${which} has other octets` : null;
}
