// A form for an experiment: its name, its arms with their plans and weights, and everything else as JSON.

import { get, send } from "../api.js";
import { h, replace } from "../dom.js";
import { field, problem } from "../parts.js";
import { planBuilder } from "../plan.js";

/** @param {object|null} experiment one to change, null for a new one @param {{signal: AbortSignal, done: (name: string) => void}} context */
export function experimentForm(experiment, { signal, done }) {
  const arms = experiment ? experiment.arms.map(({ name, weight, strategies, sampling, model }) => ({ name, weight, strategies, sampling, model }))
    : [{ name: "plain", weight: 1, strategies: [] }, { name: "best-of-8", weight: 1, strategies: [{ name: "best_of_n", n: 8 }] }];
  const name = h("input", { type: "text", required: true, value: experiment?.name ?? "", readonly: experiment !== null, placeholder: "bo8-vs-plain" });
  const rest = h("textarea", { class: "code", rows: 2, placeholder: '{"metrics": [...], "guardrails": [...], "ramp": [...]}' });
  const list = h("div", { class: "columns" }), result = h("div");
  let catalogue = [];
  draw();
  get("/api/strategies", signal).then(({ strategies }) => { catalogue = strategies; draw(); }, () => { });
  return h("form", { class: "stack", onsubmit: event => { event.preventDefault(); save(); } },
    field("Name", name), list,
    experiment === null && h("button", { type: "button", class: "quiet small start", onclick: () => { arms.push({ name: `arm-${arms.length + 1}`, weight: 1, strategies: [] }); draw(); } }, "Add an arm"),
    experiment === null && field("Other fields, as JSON", rest),
    experiment !== null && h("p", { class: "muted small" }, "Ramp, guardrails, goals and their margins stay. A stopped experiment runs again."),
    result,
    h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, experiment ? "Save" : "Start it")));

  function draw() {
    replace(list, arms.map((arm, index) => h("fieldset", { class: "arm stack" },
      h("legend", null, index === 0 ? "First arm, which the others are compared with" : `Arm ${index + 1}`),
      h("div", { class: "fields" },
        field("Arm's name", h("input", { type: "text", required: true, value: arm.name, readonly: experiment !== null, oninput: event => { arm.name = event.target.value; } })),
        field("Weight", h("input", { type: "number", min: 0, step: "any", required: true, value: arm.weight, oninput: event => { arm.weight = event.target.valueAsNumber; } }))),
      // Another plan would be another experiment: the outcomes so far belong to these.
      experiment === null && planBuilder(catalogue, arm.strategies, { noun: "strategy", none: "None: one sample.", changed: () => { } }).root,
      experiment === null && arms.length > 2 && h("button", { type: "button", class: "quiet small start", onclick: () => { arms.splice(index, 1); draw(); } }, "Remove this arm"))));
  }

  async function save() {
    try {
      const more = experiment ? kept(experiment) : rest.value.trim() === "" ? {} : JSON.parse(rest.value);
      await send("PUT", `/api/experiments/${encodeURIComponent(name.value.trim())}`, { ...more, arms }, signal);
      done(name.value.trim());
    } catch (error) {
      if (!signal.aborted) replace(result, problem(error instanceof SyntaxError ? new Error("The other fields are not JSON.") : error));
    }
  }
}

/** What a change of weights leaves as it is. */
const kept = ({ ramp, guardrails, unit_by, router, metrics = [] }) => {
  const goals = metrics.filter(metric => metric.goal).map(({ name, better, margin }) => ({ name, better, margin }));
  return { ramp, guardrails, unit_by, router: router?.options, metrics: goals.length > 0 ? goals : undefined };
};
