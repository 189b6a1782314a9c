/** Headless Chromium, driven by Playwright. */
import { chromium } from "playwright-core";
import { browserTrials, type OpenPage } from "../browser.ts";
import { http2BrowserTrials } from "../http2-browser.ts";
import { findProgram, program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** Without them it looks for hosts of its maker, over a network that may not be there. */
const FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const open: OpenPage = async (url) => {
  const executablePath = (await findProgram("chromium")) ?? "chromium";
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(url);
  return {
    evaluate: (expression) => page.evaluate(expression),
    [Symbol.asyncDispose]: () => browser.close(),
  };
};

const needs = [program("chromium")];

export const trials: readonly Trial[] = [
  ...browserTrials("Chromium", needs, open),
  ...http2BrowserTrials("Chromium", needs, open),
];
