// Candidates over time as a picture: each a bar from its beginning to its end, forks joined to their parents.

import { h, s } from "./dom.js";
import { duration, fixed } from "./format.js";
import { stateText } from "./lanes.js";
import { linear } from "./scale.js";

const rowHeight = 20, left = 34, right = 12, top = 8, foot = 22;

/** @param {object[]} candidates @param {(index: number) => void} choose called with a candidate that was clicked or entered @returns its element, and a function that marks one candidate */
export function candidateTree(candidates, choose) {
  const root = h("div", { class: "tree" });
  let chosen = null;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === 0) return;
    root.replaceChildren(draw(candidates, contentRect.width, choose));
    mark(chosen);
  }).observe(root);
  return { root, mark };

  function mark(index) {
    chosen = index;
    for (const branch of root.querySelectorAll(".branch")) branch.classList.toggle("chosen", branch.dataset.index === String(index));
  }
}

function draw(candidates, width, choose) {
  const end = Math.max(1, ...candidates.map(candidate => candidate.endedMs ?? candidate.startedMs ?? 0));
  const time = linear([0, end], [left, width - right], Math.max(3, Math.floor(width / 110)));
  const order = inOrder(candidates), row = new Map(order.map((candidate, i) => [candidate.index, i]));
  const height = top + order.length * rowHeight + foot, middle = candidate => top + row.get(candidate.index) * rowHeight + rowHeight / 2;
  return s("svg", { viewBox: `0 0 ${width} ${height}`, height, width, role: "group", "aria-label": "Candidates over time" },
    time.ticks.map(tick => [
      s("line", { class: "grid", x1: time.at(tick), x2: time.at(tick), y1: top, y2: height - foot }),
      s("text", { x: Math.min(time.at(tick), width - right - 14), y: height - 6, "text-anchor": "middle" }, duration(tick))]),
    order.map(candidate => {
      const from = time.at(candidate.startedMs ?? 0), to = Math.max(from + 2, time.at(candidate.endedMs ?? end)), y = middle(candidate);
      const parent = candidates.find(other => other?.index === candidate.parent);
      const act = () => choose(candidate.index);
      return s("g", {
        class: `branch ${candidate.selected ? "selected" : candidate.state}`, "data-index": candidate.index, tabindex: 0, role: "button", onclick: act,
        onkeydown: event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); } },
        "aria-label": `Candidate ${candidate.index}${parent ? `, forked from ${parent.index}` : ""}: ${stateText(candidate)}${candidate.score === null ? "" : `, score ${fixed(candidate.score, 3)}`}`,
      },
        s("rect", { class: "hit", x: 0, y: y - rowHeight / 2, width, height: rowHeight }),
        parent && s("path", { class: "fork", d: `M${from} ${middle(parent)}V${y}` }),
        s("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, String(candidate.index)),
        s("line", { class: "life", x1: from, x2: to, y1: y, y2: y }),
        candidate.state === "rejected" ? s("path", { class: "end", d: `M${to - 4} ${y - 4}l8 8m0 -8l-8 8` }) : s("circle", { class: "end", cx: to, cy: y, r: candidate.selected ? 4.5 : 3 }));
    }));
}

/** Children below their parents. */
function inOrder(candidates) {
  const known = candidates.filter(Boolean), result = [];
  const add = candidate => { result.push(candidate); known.filter(child => child.parent === candidate.index).forEach(add); };
  known.filter(candidate => candidate.parent === null || !known.some(other => other.index === candidate.parent)).forEach(add);
  return result;
}
