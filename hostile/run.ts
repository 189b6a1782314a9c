/** Plays cases against a subject, and looks after each how it is. */
import { type Case, NotApplicable, Unexpected } from "./case.ts";
import { closeWell, expectService } from "./expect.ts";
import { forgetPeak, memoryOf, socketsOf } from "./proc.ts";
import type { Subject } from "./subject.ts";
import type { Wire } from "./wire.ts";

export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly verdict: "passed" | "failed" | "not applicable";
  readonly expected: string;
  readonly seen: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Bytes by which the memory grew at the most; null where that is not known. */
  readonly grown: number | null;
}

export interface Run {
  readonly name: string;
  readonly role: "server" | "client";
  readonly outcomes: readonly Outcome[];
  readonly duration: number;
}

export type Progress = (outcome: Outcome, done: number, total: number) => void;

const MIB = 1024 * 1024;

/** Within which time a good client is served, whatever goes on. */
const SERVED_WITHIN = 2000;
/** How long sockets may take to be gone after a case. */
const SETTLED_WITHIN = 5000;
/** How often good clients come beside a heavy case. */
const BESIDE = 250;

/** What is looked at while cases are played. */
class Watch {
  readonly #subject: Subject;
  #witness: Wire | null = null;
  /** How many sockets the subject has when nothing goes on. */
  #sockets: number | null = null;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Opens the connection that has to stay, and notes how things stand. */
  async begin(): Promise<void> {
    if (!this.#subject.lives) return;
    // The process may still be starting.
    for (let tries = 0; tries < 4; tries += 1) {
      if (
        await this.fresh().then(
          () => true,
          () => false,
        )
      )
        break;
    }
    for (let count = 0; count < 20; count += 1) await this.fresh();
    this.#witness = await this.#subject.open({ deflate: true });
    await expectService(this.#witness);
    await this.#settle();
    this.#sockets = this.#count();
  }

  end(): void {
    this.#witness?.destroy();
    this.#witness = null;
  }

  #count(): number | null {
    return this.#subject.pid === null ? null : socketsOf(this.#subject.pid);
  }

  /** Waits until the number of sockets stays the same. */
  async #settle(): Promise<void> {
    let before = -1;
    for (let count = 0; count < 40; count += 1) {
      const now = this.#count() ?? 0;
      if (now === before) return;
      before = now;
      await pause(50);
    }
  }

  /** A good client, or a good server for a client. */
  async fresh(): Promise<void> {
    const start = performance.now();
    const took = (): string => `${Math.round(performance.now() - start)} ms`;
    const limit = async (): Promise<void> => {
      const wire = await this.#subject.open();
      try {
        await expectService(wire);
        await closeWell(wire);
      } finally {
        wire.destroy();
      }
    };
    const wanted = "a fresh connection that is served within 2 s";
    try {
      await limit();
    } catch (error) {
      throw new Unexpected(wanted, `${told(error)} after ${took()}`);
    }
    if (performance.now() - start > SERVED_WITHIN)
      throw new Unexpected(wanted, `it took ${took()}`);
  }

  async check(): Promise<void> {
    const { death, lives } = this.#subject;
    if (death !== null) throw new Unexpected("a process that lives", death);
    if (!lives) return;
    const witness = this.#witness;
    try {
      if (witness !== null) await expectService(witness);
    } catch (error) {
      await pause(50);
      if (this.#subject.death !== null)
        throw new Unexpected("a process that lives", this.#subject.death);
      throw new Unexpected("the connection opened before to go on", told(error));
    }
    await this.fresh();
    await this.#checkSockets();
  }

  async #checkSockets(): Promise<void> {
    const before = this.#sockets;
    if (before === null) return;
    const deadline = performance.now() + SETTLED_WITHIN;
    for (;;) {
      const now = this.#count() ?? 0;
      if (now <= before) return;
      if (performance.now() > deadline) {
        // From now on these count as known, so that one leak is told once.
        this.#sockets = now;
        throw new Unexpected("no socket left behind", `${now - before} of them after 5 s`);
      }
      await pause(20);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function told(error: unknown): string {
  if (error instanceof Unexpected) return error.seen;
  return error instanceof Error ? error.message : String(error);
}

/** Good clients, one after the other, while `work` goes on. */
async function beside(watch: Watch, work: Promise<void>): Promise<void> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  const good = (async () => {
    while (!done) {
      // One may be late on a busy machine; two in a row are not served.
      await watch.fresh().catch(() => watch.fresh());
      await Promise.race([pause(BESIDE), ended.catch(() => {})]);
    }
  })();
  const [worked, served] = await Promise.allSettled([ended, good]);
  if (worked.status === "rejected") throw worked.reason;
  if (served.status === "rejected") {
    const { expected, seen } = served.reason as Unexpected;
    throw new Unexpected(`${expected} meanwhile`, seen);
  }
}

async function playOne<S extends Subject>(
  subject: S,
  one: Case<S>,
  watch: Watch,
  checked: boolean,
): Promise<Outcome> {
  const { id, title, rows, memory } = one;
  const start = performance.now();
  const { pid } = subject;
  if (checked && pid !== null) forgetPeak(pid);
  const before = checked && pid !== null ? memoryOf(pid) : null;
  let verdict: Outcome["verdict"] = "passed";
  let expected = "";
  let seen = "";
  let grown: number | null = null;
  try {
    const work = one.play(subject);
    await (one.pace === "heavy" && subject.lives ? beside(watch, work) : work);
    if (before !== null && pid !== null && subject.death === null) {
      const after = memoryOf(pid);
      grown = after === null ? null : after.peak - before.now;
    }
    if (checked) await watch.check();
    if (grown !== null && grown > memory * MIB)
      throw new Unexpected(
        `memory that grows by less than ${memory} MiB`,
        `${Math.round(grown / MIB)} MiB`,
      );
  } catch (error) {
    if (error instanceof NotApplicable) {
      verdict = "not applicable";
      seen = error.message;
    } else {
      verdict = "failed";
      expected = error instanceof Unexpected ? error.expected : "no error";
      await pause(subject.death === null ? 20 : 0);
      seen = subject.death ?? told(error);
      if (subject.death !== null) expected = "a process that lives";
    }
  }
  const duration = Math.round(performance.now() - start);
  return { id, title, rows, verdict, expected, seen, duration, grown };
}

/** Work is played alone on the whole machine, also where several subjects are attacked at the same time. */
let working: Promise<unknown> = Promise.resolve();

function alone<T>(work: () => Promise<T>): Promise<T> {
  const done = working.then(work);
  working = done.catch(() => {});
  return done;
}

/** Plays all of them: the slow ones together, then the quick ones, then the heavy ones. */
export async function runCases<S extends Subject>(
  name: string,
  subject: S,
  cases: readonly Case<S>[],
  progress: Progress,
): Promise<Run> {
  const start = performance.now();
  const outcomes: Outcome[] = [];
  const tell = (outcome: Outcome): void => {
    outcomes.push(outcome);
    progress(outcome, outcomes.length, cases.length);
  };
  let watch = new Watch(subject);
  await watch.begin();
  /** A new process with new witnesses, where one has died; whether there is one now. */
  const afresh = async (): Promise<boolean> => {
    watch.end();
    if (!(await subject.revive())) return false;
    watch = new Watch(subject);
    await watch.begin();
    return true;
  };
  const slow = cases.filter(({ pace }) => pace === "slow");
  await Promise.all(slow.map(async (one) => tell(await playOne(subject, one, watch, false))));
  if (subject.death !== null && !(await afresh())) return finish();
  for (const pace of ["quick", "heavy"]) {
    for (const one of cases.filter((other) => other.pace === pace)) {
      const play = (): Promise<Outcome> => playOne(subject, one, watch, true);
      const outcome = await (pace === "heavy" ? alone(play) : play());
      tell(outcome);
      if (subject.death === null && (outcome.verdict !== "failed" || subject.pid === null))
        continue;
      // One failure is not to be the cause of others.
      if (!(await afresh()) && subject.death !== null) return finish();
    }
  }
  watch.end();
  return finish();

  function finish(): Run {
    const played = new Set(outcomes.map(({ id }) => id));
    for (const { id, title, rows } of cases.filter((one) => !played.has(one.id))) {
      const died = { verdict: "failed" as const, expected: "a process that lives" };
      tell({ id, title, rows, ...died, seen: "it had died before", duration: 0, grown: null });
    }
    return { name, role: subject.role, outcomes, duration: Math.round(performance.now() - start) };
  }
}
