// What a request cost: tokens by what they were computed for, operations, time.

import { h } from "./dom.js";
import { duration, integer, operations } from "./format.js";
import { stat, stats } from "./parts.js";

const kinds = [
  ["answer", "Answer", "tokens of the answer"],
  ["discarded", "Discarded", "tokens of candidates that were not chosen"],
  ["forced", "Forced", "tokens that a strategy wrote"],
  ["scorer", "Scorer", "tokens computed for scores"],
  ["prompt", "Prompt", "prompt tokens computed"],
  ["cached", "Cached", "prompt tokens that were there already"],
];

export function billOf(bill, extra = []) {
  const tokens = bill.tokens ?? {};
  const paid = kinds.slice(0, 5).reduce((sum, [kind]) => sum + (tokens[kind] ?? 0), 0);
  const all = paid + (tokens.cached ?? 0);
  return h("section", { class: "bill", "aria-label": "The bill" },
    stats(
      stat("Tokens computed", integer(paid)),
      stat("Operations", operations(bill.estimated_flops)),
      stat("Time", duration(bill.elapsed_ms)),
      extra),
    h("div", { class: "parts-bar", role: "img", "aria-label": kinds.map(([kind, name]) => `${name} ${tokens[kind] ?? 0}`).join(", ") },
      kinds.filter(([kind]) => tokens[kind] > 0).map(([kind]) => h("span", { class: `part ${kind}`, vars: { "--share": tokens[kind] / all } }))),
    h("ul", { class: "keys small" }, kinds.filter(([kind]) => tokens[kind] > 0).map(([kind, name, meaning]) =>
      h("li", { title: meaning }, h("i", { class: `part ${kind}` }), name, " ", h("b", null, integer(tokens[kind]))))));
}
