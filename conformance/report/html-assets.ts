/** The style and the script of the page. */

export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2330; --faint: #667085; --line: #dfe3ea; --panel: #f6f7f9;
  --ok: #2a9d5c; --lax: #c98a00; --info: #3b7dd8; --none: #98a2b3; --bad: #d13b3b; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171d; --ink: #e4e7ec; --faint: #98a2b3; --line: #2b313c;
  --panel: #1c2028; --ok: #3fbf78; --lax: #e0a526; --info: #6aa5f0; --none: #667085; --bad: #ef6262; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.5rem 0 0.25rem; font-size: 1.2rem; }
header p { margin: 0.25rem 0; color: var(--faint); } label { margin-right: 1.5rem; }
code, .wire td { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.87em; }
.result { margin: 0 0 1rem; font-weight: 600; } .missing { color: var(--bad); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; background: var(--tone); }
.legend span { margin-right: 1.25rem; font-size: 0.87em; }
.squares { display: flex; gap: 1rem; margin: 0.3rem 0; } .squares > span { flex: 0 0 13rem; color: var(--faint); }
.squares > div { padding-top: 4px; display: flex; flex-wrap: wrap; gap: 3px; align-content: flex-start; }
.squares a { width: 14px; height: 14px; border-radius: 3px; background: var(--tone); }
.squares a:hover, .squares a:focus { outline: 2px solid var(--ink); }
.ok { --tone: var(--ok); } .lax { --tone: var(--lax); } .info { --tone: var(--info); } .none { --tone: var(--none); }
.bad { --tone: var(--bad); }
.counts { margin: 1.25rem 0; border-collapse: collapse; }
.counts th, .counts td { padding: 0.15rem 0.8rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: 400; }
.counts th:first-child { text-align: left; padding-left: 0; } .counts thead th { color: var(--faint); }
.counts tfoot th, .counts tfoot td { font-weight: 600; border: 0; }
.case { border-top: 1px solid var(--line); } .case summary { display: flex; gap: 0.75rem; padding: 0.3rem 0; cursor: pointer; }
.case summary b { flex: 0 0 4.2rem; } .case .title { flex: 1; } .case .time { flex: 0 0 5.5rem; text-align: right; color: var(--faint); }
.case[open] { background: var(--panel); } .case[open] > *:not(summary) { margin: 0 1rem 1rem 4.95rem; }
.badge { align-self: center; padding: 0 0.5rem; border-radius: 99px; border: 1px solid var(--tone); color: var(--tone);
  font-size: 0.78em; white-space: nowrap; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: 0.2rem 1rem; } dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.wire { border-collapse: collapse; } .wire caption { text-align: left; color: var(--faint); }
.wire td { padding: 0 0.6rem 0 0; white-space: pre-wrap; vertical-align: top; overflow-wrap: anywhere; }
.wire td:first-child { text-align: right; color: var(--faint); white-space: nowrap; }
.wire tr:last-child td { padding-bottom: 0.75rem; } .wire .tester { color: var(--info); } .wire .note { color: var(--faint); }
@media (max-width: 40rem) { .legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; background: var(--tone); }
.legend span { margin-right: 1.25rem; font-size: 0.87em; }
.squares { display: block; } .case[open] > *:not(summary) { margin-left: 0; } dl { display: block; } }
`;

export const SCRIPT = `
const cases = [...document.querySelectorAll(".case")];
const imperfect = document.getElementById("imperfect");
const find = document.getElementById("find");
function show() {
  const words = find.value.trim().toLowerCase();
  for (const one of cases) {
    const text = one.querySelector("summary").textContent.toLowerCase();
    one.hidden = (imperfect.checked && one.dataset.right === "true") || !text.includes(words);
  }
}
function follow() {
  const one = document.getElementById(location.hash.slice(1));
  if (one === null) return;
  one.hidden = false;
  one.open = true;
  one.scrollIntoView();
}
imperfect.addEventListener("change", show);
find.addEventListener("input", show);
addEventListener("hashchange", follow);
follow();
`;
