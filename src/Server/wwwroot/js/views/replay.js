// The same request under another plan; candidates that were paid for already are used again.

import { get, send } from "../api.js";
import { billOf } from "../bill.js";
import { h, replace } from "../dom.js";
import { fixed, plural } from "../format.js";
import { problem, stat } from "../parts.js";
import { planBuilder } from "../plan.js";
import { presets } from "./examples.js";

export function replayForm(trace, signal) {
  const strategies = structuredClone(trace.plan ?? []), place = h("div"), result = h("div", { class: "stack", "aria-live": "polite" });
  const button = h("button", { type: "submit", class: "primary" }, "Replay");
  get("/api/strategies", signal).then(({ strategies: catalogue }) => {
    const plan = planBuilder(catalogue, strategies, { noun: "strategy", none: "None: one sample.", changed: () => { } });
    replace(place, h("div", { class: "stack" },
      h("div", { class: "chips", role: "group", "aria-label": "Plans to start from" }, presets.map(([name, items]) =>
        h("button", { type: "button", class: "chip", onclick: () => { strategies.splice(0, Infinity, ...structuredClone(items)); plan.draw(); } }, name))),
      plan.root));
  }, error => { if (!signal.aborted) replace(place, problem(error)); });
  return h("form", { class: "columns", onsubmit: event => { event.preventDefault(); replay(); } }, h("div", { class: "stack" }, place, h("div", { class: "row" }, button)), result);

  async function replay() {
    button.disabled = true;
    replace(result, h("p", { class: "muted" }, "Running …"));
    try {
      const answer = await send("POST", `/api/traces/${encodeURIComponent(trace.id)}/replay`, { strategies }, signal);
      replace(result,
        h("pre", { class: "answer-text" }, answer.abstention?.reason ?? answer.text),
        h("p", { class: "small muted" }, answer.text === trace.answer ? "The same answer as before. " : "Another answer than before. ", `${plural(answer.reused_candidates ?? 0, "candidate")} used again.`),
        billOf(answer.bill, [typeof answer.score === "number" && stat("Score", fixed(answer.score, 3))]));
    } catch (error) {
      if (!signal.aborted) replace(result, problem(error));
    } finally {
      button.disabled = false;
    }
  }
}
