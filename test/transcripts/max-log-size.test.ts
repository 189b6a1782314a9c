import { describe, test } from "node:test";
import { compare } from "./compare.ts";
import { longMessages } from "./scenarios/sessions.ts";

// Each test file has a process of its own; the variable is read when the first frame is logged.
process.env.WEBSOCKETS_MAX_LOG_SIZE = "150";

describe("with WEBSOCKETS_MAX_LOG_SIZE the log is the transcript of Python's library", () => {
  for (const level of ["DEBUG", "INFO"] as const) {
    test(`81-max_log_size_150 at ${level}`, () =>
      compare("81-max_log_size_150", longMessages, level));
  }
});
