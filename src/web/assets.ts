// The page's static files as text, so that `dist/` needs no files beside its chunks. Table-like: style sheet, script
// and icon, each served as it stands. Colours are variables with a light and a dark value; every state is also a word.

/** /style.css */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f6f8, #0e1418);
  --card: light-dark(#ffffff, #172027);
  --line: light-dark(#d9e0e6, #29353e);
  --text: light-dark(#16232c, #e4ebf0);
  --dim: light-dark(#566773, #93a5b1);
  --water: light-dark(#0a6c8f, #4cc3ea);
  --good: light-dark(#136b3a, #58d68d);
  --good-ground: light-dark(#dff3e6, #12321f);
  --warn: light-dark(#8a5200, #f5b953);
  --warn-ground: light-dark(#fdf0d5, #3a2a0c);
  --bad: light-dark(#a61b1b, #ff8f85);
  --bad-ground: light-dark(#fde4e1, #431a17);
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
  max-width: 1240px; margin: 0 auto; padding: 20px 24px 32px;
}
header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 24px; margin-bottom: 18px; }
h1 { display: flex; align-items: center; gap: 10px; font-size: 22px; letter-spacing: -0.01em; }
h2 {
  font-size: 13px; font-weight: 650; color: var(--dim); margin-bottom: 10px;
  text-transform: uppercase; letter-spacing: 0.06em;
}
h3 { font-size: 13px; font-weight: 600; color: var(--dim); }
.gateway { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--dim); }
.gateway strong { color: var(--text); }
#state { margin-left: auto; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 16px 18px; margin-bottom: 16px; min-width: 0;
}
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 0 16px; }
.columns > section { align-self: stretch; }
.path { display: grid; grid-template-columns: repeat(6, 1fr); gap: 26px; list-style: none; padding: 0; }
.stage { position: relative; border-left: 3px solid var(--water); padding: 2px 0 2px 12px; min-width: 0; }
.stage:not(:last-child)::after {
  content: ""; position: absolute; right: -19px; top: 24px; width: 9px; height: 9px;
  border-top: 2px solid var(--water); border-right: 2px solid var(--water); transform: rotate(45deg);
}
.stage.off { border-left-color: var(--line); color: var(--dim); }
.rate { font-size: 24px; font-weight: 650; letter-spacing: -0.02em; white-space: nowrap; }
.total, .leaves { color: var(--dim); font-size: 13px; }
.leaves.warn { color: var(--warn); font-weight: 600; }
.dim { color: var(--dim); font-weight: 400; font-size: 13px; }
.empty { color: var(--dim); }
.scroll { overflow-x: auto; }
.scroll:focus-visible, a:focus-visible { outline: 2px solid var(--water); outline-offset: 3px; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 7px 14px 7px 0; border-top: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { border-top: 0; padding-top: 0; color: var(--dim); font-size: 13px; white-space: nowrap; }
tbody th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.time { white-space: nowrap; }
.badge {
  display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 13px; font-weight: 600; white-space: nowrap;
  color: var(--dim); border: 1px solid var(--line);
}
.state-returned, .state-normal { color: var(--good); background: var(--good-ground); border-color: transparent; }
.state-raised, .severity-critical { color: var(--bad); background: var(--bad-ground); border-color: transparent; }
.severity-high, .severity-medium { color: var(--warn); background: var(--warn-ground); border-color: transparent; }
caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
.scroll + .scroll { margin-top: 14px; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 12px 18px; }
.figures dt { font-size: 13px; }
.figures dd { font-weight: 600; }
footer { display: flex; gap: 18px; font-size: 13px; }
a { color: var(--water); }
.stale { opacity: 0.55; }
@media (max-width: 820px) {
  .path { grid-template-columns: 1fr 1fr; }
  .stage:not(:last-child)::after { display: none; }
  body { padding: 16px; }
}
`;

/** /app.js: fetches the page every two seconds while it is visible and swaps what changed. */
export const APP_SCRIPT = `"use strict";
const REFRESH_MS = 2000;
async function refresh() {
  const response = await fetch("/", { cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = next.getElementById(old.id);
    if (fresh === null || fresh.innerHTML === old.innerHTML) continue;
    // Keep the scroll position and the keyboard focus of a table that is being read.
    const focused = old.contains(document.activeElement);
    const left = old.querySelector(".scroll")?.scrollLeft ?? 0;
    old.replaceChildren(...fresh.childNodes);
    const scroll = old.querySelector(".scroll");
    if (scroll !== null) scroll.scrollLeft = left;
    if (focused) scroll?.focus({ preventScroll: true });
  }
}
async function loop() {
  if (!document.hidden) {
    try {
      await refresh();
      document.body.classList.remove("stale");
    } catch {
      document.body.classList.add("stale");
      const state = document.getElementById("state");
      if (state !== null) state.textContent = "no answer from the gateway";
    }
  }
  setTimeout(loop, REFRESH_MS);
}
setTimeout(loop, REFRESH_MS);
`;

/** /icon.svg: a channel that falls to a wheel. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#0a6c8f"/>
<path d="M4 9h9c5 0 6 4 6 8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
<circle cx="20" cy="22" r="5.5" fill="none" stroke="#8fdcf5" stroke-width="2.5"/>
<path d="M20 16.5v11M14.5 22h11" stroke="#8fdcf5" stroke-width="1.5"/>
</svg>
`;
