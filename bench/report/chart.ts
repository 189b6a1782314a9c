/**
 * Results as one picture: for each workload a bar for each subject but the base, as long as it is times better, on a
 * logarithmic axis. It is read on light pages and on dark ones, and needs nothing from outside.
 */
import type { Result } from "../rounds.ts";
import { UNITS } from "../workloads.ts";
import { compare } from "./compare.ts";
import { formatNumber } from "./table.ts";

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 60;
const TOP = 64;
const BAR = 14;
const GAP = 3;
const BETWEEN = 12;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Of the bars, light and dark; told apart without colour too, as each bar is in the legend's order. */
const COLOURS = [
  ["#0b6bcb", "#4aa3ff"],
  ["#b4540a", "#f2994a"],
  ["#1a7f4b", "#4cc38a"],
  ["#8a3ffc", "#b794ff"],
  ["#a02060", "#ff7eb6"],
  ["#5d6470", "#a3acb9"],
] as const;

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function style(): string {
  const bars = (shade: 0 | 1): string =>
    COLOURS.map((pair, i) => `.s${i}{fill:${pair[shade]}}`).join("");
  return `<style>
svg{font:12px system-ui,sans-serif}
.page{fill:#fff}.text{fill:#1f2328}.faint{fill:#59636e}.grid{stroke:#d8dee4}.one{stroke:#59636e}
${bars(0)}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.text{fill:#e6edf3}.faint{fill:#9198a1}.grid{stroke:#2d333b}.one{stroke:#9198a1}
${bars(1)}
}
</style>`;
}

interface Bar {
  readonly subject: string;
  readonly times: number;
}

interface Group {
  readonly name: string;
  readonly title: string;
  readonly bars: readonly Bar[];
}

function groupOf(result: Result): Group {
  const [measure] = result.workload.measures;
  const bars = compare(result).flatMap(({ subject, isBase, times }) => {
    const better = times[measure];
    return isBase || better === undefined ? [] : [{ subject, times: better }];
  });
  const { name, about } = result.workload;
  return { name, title: `${about}: ${UNITS[measure]}, base ${result.base}`, bars };
}

/** From a number of times to a place on the axis, which shows 1 in any case. */
function axis(all: readonly number[]): {
  ticks: readonly number[];
  place: (times: number) => number;
} {
  const least = Math.min(0.5, ...all);
  const most = Math.max(2, ...all);
  const from = TICKS.findLast((tick) => tick <= least) ?? least;
  const to = TICKS.find((tick) => tick >= most) ?? most;
  const scale = (WIDTH - LEFT - RIGHT) / Math.log(to / from);
  const place = (times: number): number => LEFT + Math.log(times / from) * scale;
  return { ticks: TICKS.filter((tick) => tick >= from && tick <= to), place };
}

function text(x: number, y: number, words: string, look: string, anchor = "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${look}" text-anchor="${anchor}">${escapeXml(words)}</text>`;
}

function drawGroup(
  group: Group,
  top: number,
  place: (times: number) => number,
  colourOf: (subject: string) => number,
): string {
  const one = place(1);
  const height = group.bars.length * (BAR + GAP) - GAP;
  const bars = group.bars.map(({ subject, times }, i) => {
    const y = top + i * (BAR + GAP);
    const end = place(times);
    const [x, width] = [Math.min(one, end), Math.max(1, Math.abs(end - one))];
    const label = text(Math.max(one, end) + 4, y + BAR - 3, `${formatNumber(times)}×`, "text");
    const hint = `<title>${escapeXml(`${subject}: ${formatNumber(times)} times. ${group.title}`)}</title>`;
    const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" class="s${colourOf(subject)}">${hint}</rect>`;
    return rect + label;
  });
  return text(LEFT - 8, top + height / 2 + 4, group.name, "text", "end") + bars.join("");
}

function drawLegend(subjects: readonly string[], colourOf: (subject: string) => number): string {
  let x = LEFT;
  return subjects
    .map((subject) => {
      const at = x;
      x += 26 + 7 * subject.length;
      const box = `<rect x="${at}" y="30" width="10" height="10" class="s${colourOf(subject)}"/>`;
      return box + text(at + 14, 39, subject, "text");
    })
    .join("");
}

/** A workload without a figure to show is left out. */
export function toSvg(results: readonly Result[], caption: string): string {
  const groups = results.map(groupOf).filter(({ bars }) => bars.length > 0);
  const subjects = [...new Set(groups.flatMap(({ bars }) => bars.map(({ subject }) => subject)))];
  const colourOf = (subject: string): number => subjects.indexOf(subject) % COLOURS.length;
  const { ticks, place } = axis(groups.flatMap(({ bars }) => bars.map(({ times }) => times)));
  let y = TOP;
  const drawn = groups.map((group) => {
    const top = y;
    y += group.bars.length * (BAR + GAP) - GAP + BETWEEN;
    return drawGroup(group, top, place, colourOf);
  });
  const bottom = y - BETWEEN / 2;
  const grid = ticks.map((tick) => {
    const x = place(tick).toFixed(1);
    const look = tick === 1 ? "one" : "grid";
    const line = `<line x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}" class="${look}"/>`;
    return line + text(place(tick), bottom + 14, `${tick}×`, "faint", "middle");
  });
  const bases = [...new Set(results.map(({ base }) => base))].join(", ");
  const title = `How many times better than ${bases}`;
  const height = bottom + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escapeXml(title)}</title>
<desc id="desc">${escapeXml(groups.flatMap(({ name, bars }) => bars.map(({ subject, times }) => `${name}: ${subject} ${formatNumber(times)}×`)).join("; "))}</desc>
${style()}
<rect class="page" width="${WIDTH}" height="${height}"/>
${text(LEFT, 20, title, "text")}
${drawLegend(subjects, colourOf)}
${grid.join("\n")}
${drawn.join("\n")}
${text(LEFT, height - 8, caption, "faint")}
</svg>
`;
}
