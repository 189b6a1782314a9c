/** The course of a soak as a picture: memory above, latency below. It needs nothing from outside. */
import type { Sample } from "./sample.ts";

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 20;
const PANEL = 170;
const TOP = 60;
const BETWEEN = 60;
const LINES = 4;

interface Curve {
  readonly name: string;
  readonly of: (sample: Sample) => number;
}

interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

const PANELS: readonly Panel[] = [
  {
    title: "memory, MiB",
    curves: [
      { name: "resident", of: ({ rss }) => rss },
      { name: "heap and outside it", of: ({ used }) => used },
    ],
  },
  {
    title: "latency of an echo, ms",
    curves: [
      { name: "99th percentile", of: ({ p99 }) => p99 },
      { name: "median", of: ({ median }) => median },
    ],
  },
];

const STYLE = `<style>
svg{font:12px system-ui,sans-serif}
.page{fill:#fff}.text{fill:#1f2328}.faint{fill:#59636e}.grid{stroke:#d8dee4}
path{fill:none;stroke-width:1.5}.c0{stroke:#b4540a}.c1{stroke:#0b6bcb;stroke-dasharray:5 2}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.text{fill:#e6edf3}.faint{fill:#9198a1}.grid{stroke:#2d333b}
.c0{stroke:#f2994a}.c1{stroke:#4aa3ff}
}
</style>`;

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function write(x: number, y: number, words: string, look: string, anchor = "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${look}" text-anchor="${anchor}">${escapeXml(words)}</text>`;
}

/** The next round number: 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.001)));
  return ([1, 2, 5, 10].find((times) => times * power >= value) ?? 10) * power;
}

function drawPanel({ title, curves }: Panel, samples: readonly Sample[], top: number): string {
  const most = roundUp(Math.max(...curves.flatMap(({ of }) => samples.map(of)), 0.01));
  const length = Math.max(samples.at(-1)?.seconds ?? 0, 1);
  const placeX = (seconds: number): number => LEFT + (seconds / length) * (WIDTH - LEFT - RIGHT);
  const placeY = (value: number): number => top + PANEL * (1 - value / most);
  const grid = Array.from({ length: LINES + 1 }, (_, line) => {
    const value = (most / LINES) * line;
    const y = placeY(value);
    const rule = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" class="grid"/>`;
    return rule + write(LEFT - 6, y + 4, String(Number(value.toPrecision(3))), "faint", "end");
  });
  const drawn = curves.map(({ of }, index) => {
    const points = samples.map(
      (sample) => `${placeX(sample.seconds).toFixed(1)},${placeY(of(sample)).toFixed(1)}`,
    );
    return `<path class="c${index}" d="M${points.join("L")}"/>`;
  });
  const legend = curves.map(({ name }, index) => {
    const x = LEFT + 190 + index * 160;
    const line = `<path class="c${index}" d="M${x},${top - 16}h24"/>`;
    return line + write(x + 30, top - 12, name, "text");
  });
  const minutes = `${(length / 60).toFixed(1)} min`;
  const ends =
    write(LEFT, top + PANEL + 16, "0", "faint") +
    write(WIDTH - RIGHT, top + PANEL + 16, minutes, "faint", "end");
  return [write(LEFT, top - 12, title, "text"), ...legend, ...grid, ...drawn, ends].join("\n");
}

/** @param verdict The last line of the soak, as its caption. */
export function toSvg(samples: readonly Sample[], verdict: string): string {
  const height = TOP + PANELS.length * (PANEL + BETWEEN);
  const panels = PANELS.map((panel, index) =>
    drawPanel(panel, samples, TOP + index * (PANEL + BETWEEN)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">Memory and latency of a soak</title>
<desc id="desc">${escapeXml(verdict)}</desc>
${STYLE}
<rect class="page" width="${WIDTH}" height="${height}"/>
${write(LEFT, 20, verdict, "text")}
${panels.join("\n")}
</svg>
`;
}
