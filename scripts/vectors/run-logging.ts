/** Vectors in the format of logging-vectors.json: operations on `logging`, and what came of them. */
import { resetRegistry } from "../../src/logging/registry.ts";
import { adapt } from "./differences.ts";
import { type Operation, Scene, UnknownOperation } from "./operations.ts";
import { compare, type Outcome } from "./outcome.ts";
import {
  catchStderr,
  normaliseReports,
  normaliseStacks,
  replaceClock,
  replaceTracebacks,
} from "./stand-ins.ts";
import type { Verdict } from "./verdict.ts";

/** One vector. */
export interface LoggingVector {
  readonly id: string;
  readonly about?: string;
  readonly ops: readonly Operation[];
  readonly expected: Outcome;
}

function runOperation(scene: Scene, operation: Operation): unknown {
  try {
    return scene.run(operation);
  } catch (error) {
    if (error instanceof UnknownOperation || !(error instanceof Error)) throw error;
    return { error: { type: error.name, message: error.message } };
  }
}

/**
 * Runs operations in a registry as fresh as a new process has it. For each operation of the vector there is a list of
 * what is run for it, and the last one's result counts.
 */
function perform(operations: readonly (readonly Operation[])[]): Outcome {
  resetRegistry();
  process.env.TZ = "UTC";
  const scene = new Scene();
  replaceTracebacks();
  replaceClock(scene.clock);
  const stderr = catchStderr();
  try {
    const results = operations.map((group) =>
      group.map((operation) => runOperation(scene, operation)).at(-1),
    );
    const streams = Object.entries(scene.streams).map(
      ([id, text]) => [id, normaliseStacks(text)] as const,
    );
    return {
      stderr: normaliseStacks(normaliseReports(stderr.text())),
      streams: Object.fromEntries(streams),
      records: scene.records,
      results,
    };
  } finally {
    stderr.stop();
  }
}

/** Runs one vector, first as it stands, then by the rules of differences. */
export function runLogging({ id, about, ops, expected }: LoggingVector): Verdict {
  const name = about === undefined ? id : `${id} (${about})`;
  try {
    const faults = compare(expected, perform(ops.map((operation) => [operation])));
    if (faults.length === 0) return { name, kind: "passed" };
    const adapted = adapt(ops, expected);
    if (adapted.reasons.length === 0) return { name, kind: "failed", lines: faults };
    const left = compare(adapted.expected, perform(adapted.operations));
    return left.length === 0
      ? { name, kind: "different", lines: adapted.reasons }
      : { name, kind: "failed", lines: left };
  } catch (error) {
    return { name, kind: "failed", lines: [String(error)] };
  }
}
