/** A run as one page that stands by itself: no script, style or image from elsewhere. */
import { GROUP_NAMES, groupOf } from "../cases/catalogue.ts";
import { isRight, type Outcome } from "../harness/outcome.ts";
import type { Run } from "../harness/run-all.ts";
import type { LogLine } from "../harness/wire-log.ts";
import { SCRIPT, STYLE } from "./html-assets.ts";
import { BEHAVIOURS, type Counts, count, countGroups, oneLine } from "./summary.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that may stand in an element or in a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function anchor(run: Run, id: string): string {
  return `${run.tested}-${id}`;
}

/** The class that colours an outcome: the worse of its two verdicts. */
function tone({ behaviour, close }: Outcome): string {
  if (behaviour === "INFORMATIONAL") return "info";
  if (behaviour === "UNIMPLEMENTED") return "none";
  if (behaviour === "FAILED" || close !== "OK") return "bad";
  return behaviour === "NON-STRICT" ? "lax" : "ok";
}

function toneOfVerdict(verdict: string): string {
  const tones: Readonly<Record<string, string>> = {
    OK: "ok",
    "NON-STRICT": "lax",
    INFORMATIONAL: "info",
    UNIMPLEMENTED: "none",
  };
  return tones[verdict] ?? "bad";
}

const LEGEND: readonly (readonly [string, string])[] = [
  ["ok", "OK"],
  ["lax", "non-strict: allowed, but not the strictest"],
  ["info", "informational: no right or wrong"],
  ["none", "unimplemented"],
  ["bad", "not OK, or not closed as it has to be"],
];

function badge(verdict: string): string {
  return `<span class="badge ${toneOfVerdict(verdict)}">${escapeHtml(verdict)}</span>`;
}

function logRow({ at, who, text }: LogLine): string {
  const arrow = who === "tester" ? "→" : who === "peer" ? "←" : "";
  return `<tr class="${who}"><td>${at.toFixed(1)}</td><td>${arrow}</td><td>${escapeHtml(text)}</td></tr>`;
}

function detail(run: Run, outcome: Outcome): string {
  const { id, title, behaviour, close, duration } = outcome;
  const facts: readonly (readonly [string, string])[] = [
    ["Expected", escapeHtml(outcome.expected)],
    ["Received", escapeHtml(outcome.received)],
    ["Behaviour", `${badge(behaviour)} ${escapeHtml(outcome.whyBehaviour)}`],
    ["Ending expected", escapeHtml(outcome.expectedEnding)],
    ["Ending", `${badge(close)} ${escapeHtml(outcome.whyClose)}`],
  ];
  return `<details id="${anchor(run, id)}" class="case" data-right="${isRight(outcome)}">
<summary><b>${id}</b> <span class="title">${escapeHtml(title)}</span> <span title="behaviour">${badge(behaviour)}</span> <span title="close">${badge(close)}</span> <span class="time">${duration} ms</span></summary>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>
<table class="wire"><caption>On the wire (ms; → tester, ← ${run.tested})</caption>${outcome.log.map(logRow).join("")}</table>
</details>`;
}

function countRow({ name, total, behaviour, closeNotOk }: Counts): string {
  const numbers = [total, ...BEHAVIOURS.map((verdict) => behaviour[verdict]), closeNotOk];
  const cells = numbers.map((number) => `<td>${number === 0 ? "" : number}</td>`).join("");
  return `<tr><th scope="row">${escapeHtml(name)}</th>${cells}</tr>`;
}

function squares(run: Run): string {
  const rows = [...GROUP_NAMES].flatMap(([group, name]) => {
    const members = run.outcomes.filter(({ id }) => groupOf(id) === group);
    if (members.length === 0) return [];
    const links = members.map((one) => {
      const label = escapeHtml(`${one.id} ${one.behaviour}, close ${one.close}`);
      return `<a class="${tone(one)}" href="#${anchor(run, one.id)}" title="${label}" aria-label="${label}"></a>`;
    });
    return `<div class="squares"><span>${group} ${escapeHtml(name)}</span><div>${links.join("")}</div></div>`;
  });
  return rows.join("\n");
}

function section(run: Run): string {
  const headings = ["group", "cases", ...BEHAVIOURS, "close not OK"];
  const missing =
    run.missing.length === 0 ? "" : `<p class="missing">Not run: ${run.missing.join(", ")}</p>`;
  return `<section>
<h2>${run.tested} <code>${escapeHtml(run.peer)}</code></h2>
<p class="result">${escapeHtml(oneLine(run))}, ${(run.duration / 1000).toFixed(1)} s</p>${missing}
${squares(run)}
<table class="counts"><thead><tr>${headings.map((heading) => `<th scope="col">${heading}</th>`).join("")}</tr></thead>
<tbody>${countGroups(run.outcomes).map(countRow).join("")}</tbody>
<tfoot>${countRow(count("all", run.outcomes))}</tfoot></table>
${run.outcomes.map((outcome) => detail(run, outcome)).join("\n")}
</section>`;
}

export function toHtml(runs: readonly Run[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>WebSocket conformance: ${escapeHtml(runs.map(oneLine).join("; "))}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>WebSocket conformance</h1>
<p>RFC 6455 and RFC 7692, case by case: what was sent, what came back, how it ended.</p>
<p><label><input id="imperfect" type="checkbox"> only what is not OK</label>
<label>find <input id="find" type="search" placeholder="6.4 or fragments"></label></p>
<p class="legend">${LEGEND.map(([name, words]) => `<span><i class="${name}"></i> ${words}</span>`).join("")}</p>
</header>
<main>
${runs.map(section).join("\n")}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
