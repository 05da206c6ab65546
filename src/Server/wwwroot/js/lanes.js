// A lane for each candidate: its text as it comes, its score, its process reward, and how it ended.

import { h, onceAFrame, replace } from "./dom.js";
import { duration, fixed, plural } from "./format.js";
import { sparkline } from "./sparkline.js";
import { tokenText } from "./tokens.js";
import { textOf, valuesOf } from "./candidates.js";

/** Lanes over a run's candidates; "changed" draws one again, "finish" draws all with their tokens coloured and the best first. */
export function lanes(run) {
  const root = h("div", { class: "lanes" });
  const drawn = new Map();
  const dirty = new Set();
  const paint = onceAFrame(() => { for (const candidate of dirty) update(candidate); dirty.clear(); });
  return { root, changed, finish };

  function changed(candidate) {
    dirty.add(candidate);
    paint();
  }

  function finish() {
    dirty.clear();
    // The answer first, then those that finished, then the rejected: what was kept before what was given up.
    for (const candidate of run.all.filter(Boolean).sort((a, b) => rank(a) - rank(b) || a.index - b.index)) {
      const lane = update(candidate);
      replace(lane.body, tokenText(candidate), verdicts(candidate), candidate.state === "rejected" && candidate.reason && h("p", { class: "small muted" }, candidate.reason));
      root.append(lane.element);
    }
  }

  function update(candidate) {
    const lane = drawn.get(candidate) ?? create(candidate);
    const state = candidate.selected ? "selected" : candidate.state;
    lane.element.className = `lane ${state}`;
    lane.state.textContent = stateText(candidate);
    lane.score.textContent = candidate.score === null ? "" : fixed(candidate.score, 3);
    lane.score.title = candidate.scores.at(-1)?.scorer ?? "";
    const values = valuesOf(candidate);
    if (values.length > 1) replace(lane.spark, sparkline(values, candidate.state === "rejected"));
    if (!lane.text.isConnected) replace(lane.body, lane.text);
    lane.text.textContent = candidate.inherited + textOf(candidate);
    return lane;
  }

  function create(candidate) {
    const lane = {
      state: h("span", { class: "state" }), score: h("span", { class: "score" }), spark: h("span", { class: "spark" }),
      text: h("pre", { class: "lane-text" }), body: h("div", { class: "lane-body" }),
    };
    lane.element = h("article", { class: "lane", "aria-label": `Candidate ${candidate.index}` },
      h("header", null,
        h("span", { class: "number", title: `Candidate ${candidate.index}` }, String(candidate.index)),
        candidate.parent !== null && h("span", { class: "muted small" }, `from ${candidate.parent}`),
        lane.state, lane.spark, lane.score),
      lane.body);
    drawn.set(candidate, lane);
    // In order of their numbers, whatever order they begin in.
    const next = [...drawn.keys()].filter(other => other.index > candidate.index).sort((a, b) => a.index - b.index)[0];
    root.insertBefore(lane.element, next ? drawn.get(next).element : null);
    return lane;
  }
}

export function stateText(candidate) {
  const tokens = plural(candidate.sampled, "token");
  if (candidate.state === "rejected")
    return `rejected at token ${candidate.rejectedAt ?? candidate.sampled}${candidate.endedMs === undefined ? "" : `, ${duration(candidate.endedMs)}`}`;
  if (candidate.selected) return `answer · ${tokens}`;
  if (candidate.state === "running") return `writing · ${tokens}`;
  return `${{ stop: "finished", length: "ran out of tokens" }[candidate.reason] ?? candidate.reason ?? "stopped"} · ${tokens}`;
}

const rank = candidate => candidate.selected ? 0 : candidate.state === "rejected" ? 2 : 1;

const verdicts = candidate => candidate.verdicts.map(verdict => h("p", { class: `small verdict ${verdict.outcome}` },
  `${verdict.verifier}: ${{ pass: "passes", fail: "fails" }[verdict.outcome] ?? "cannot tell"}${verdict.feedback ? `. ${verdict.feedback}` : ""}`));
