// How tokens are drawn, and the limits of the request.

import { h } from "../dom.js";
import { field } from "../parts.js";

const sampling = [
  ["temperature", "Temperature", { min: 0, max: 2, step: 0.1, placeholder: "1" }],
  ["max_tokens", "Most tokens", { min: 1, step: 1, placeholder: "context" }],
  ["seed", "Seed", { step: 1, placeholder: "random" }],
];

const rest = [
  ["top_p", "Top-p", { min: 0, max: 1, step: 0.05, placeholder: "1" }],
  ["top_k", "Top-k", { min: -1, step: 1, placeholder: "all" }],
  ["min_p", "Min-p", { min: 0, max: 1, step: 0.05, placeholder: "0" }],
];

const budget = [
  ["max_total_tokens", "Tokens of all candidates", { min: 1, step: 1, placeholder: "no limit" }],
  ["deadline_ms", "Deadline in ms", { min: 1, step: 1, placeholder: "none" }],
];

export function samplingFields(request, changed) {
  request.budget ??= {};
  const inputs = (target, list) => list.map(([name, label, attributes]) => field(label, h("input", {
    type: "number", inputmode: "decimal", name, ...attributes, value: target[name] ?? "",
    oninput: event => {
      if (event.target.value === "") delete target[name];
      else target[name] = event.target.valueAsNumber;
      changed();
    },
  })));
  return h("fieldset", null, h("legend", null, "Sampling"),
    h("div", { class: "fields three" }, inputs(request, sampling)),
    h("details", { class: "more" }, h("summary", null, "More, and a budget"),
      h("div", { class: "fields three" }, inputs(request, rest)),
      h("div", { class: "fields" }, inputs(request.budget, budget))));
}
