// A form for one behaviour of a handbook.

import { h, replace } from "../dom.js";
import { field, problem } from "../parts.js";

/** @param {object|null} behaviour one to change, null for a new one @param {(behaviour: object) => Promise<void>} save */
export function behaviourForm(behaviour, save) {
  const name = h("input", { type: "text", required: true, pattern: "behavior_[a-z0-9_]+", value: behaviour?.name ?? "behavior_", readonly: behaviour !== null });
  const instruction = h("textarea", { rows: 3, required: true, minlength: 20, maxlength: 400, value: behaviour?.instruction ?? "" });
  const topics = h("input", { type: "text", value: (behaviour?.topics ?? []).join(", "), placeholder: "multiplication, money" });
  const provenance = h("input", { type: "text", value: behaviour?.provenance ?? "" });
  const retired = h("input", { type: "text", value: behaviour?.retired ?? "", placeholder: "empty while it is used" });
  const result = h("div");
  return h("form", { class: "stack", onsubmit: event => { event.preventDefault(); send(); } },
    field("Name", name, behaviour ? null : "behavior_ and words in snake_case."),
    field("Instruction", instruction, "When to use it and what to do: one line of 20 to 400 characters."),
    h("div", { class: "fields" }, field("Topics", topics), field("Where it comes from", provenance), behaviour && field("Why it is not used", retired)),
    result,
    h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, "Save")));

  async function send() {
    try {
      replace(result);
      await save({
        name: name.value.trim(), instruction: instruction.value.trim(), topics: topics.value.split(",").map(topic => topic.trim()).filter(topic => topic !== ""),
        provenance: provenance.value.trim() || undefined, retired: retired.value.trim() || undefined,
      });
      if (!behaviour) for (const [control, value] of [[name, "behavior_"], [instruction, ""], [topics, ""], [provenance, ""]]) control.value = value;
    } catch (error) {
      replace(result, problem(error));
    }
  }
}
