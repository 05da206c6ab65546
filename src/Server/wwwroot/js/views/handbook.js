// One handbook: its behaviours with what came of them, to read and to edit.

import { download, get, send } from "../api.js";
import { h, replace } from "../dom.js";
import { integer, signed } from "../format.js";
import { empty, heading, problem, tag } from "../parts.js";
import { behaviourForm } from "./behaviour-form.js";

export const title = "Handbook";

export async function show({ root, parameters: { name }, signal }) {
  const path = `/api/handbooks/${encodeURIComponent(name)}`;
  const list = h("div", { class: "stack" }), notice = h("div", { "aria-live": "polite" }), version = h("span", { class: "muted" });
  const adding = h("details", { class: "sheet more" }, h("summary", null, "New behaviour"), behaviourForm(null, async behaviour => { await write(behaviour); adding.open = false; }));
  replace(root,
    heading(name, null, version,
      h("button", { type: "button", class: "quiet", onclick: () => act(() => download(path, `${name}.json`, signal)) }, "Export"),
      h("button", { type: "button", class: "quiet", onclick: retire }, "Retire dead entries"),
      h("button", { type: "button", class: "quiet", onclick: remove }, "Delete")),
    notice, adding, list);
  await load();

  async function load() {
    const handbook = await get(path, signal);
    version.textContent = `version ${handbook.version}`;
    replace(list, handbook.behaviours.length === 0 ? empty("No behaviours yet. Write the first one above.") : handbook.behaviours.map(card));
  }

  /** Runs something and reads the handbook again; a failure is said above the list. */
  async function act(action) {
    try {
      replace(notice);
      await action();
      await load();
    } catch (error) {
      if (!signal.aborted) replace(notice, problem(error));
    }
  }

  async function write({ name: behaviour, ...fields }) {
    await send("PUT", `${path}/behaviours/${encodeURIComponent(behaviour)}`, fields, signal);
    await load();
  }

  function card(behaviour) {
    const editing = h("details", { class: "more" }, h("summary", null, "Edit"), behaviourForm(behaviour, write));
    return h("article", { class: `sheet behaviour ${behaviour.retired ? "retired" : ""}`, "aria-label": behaviour.name },
      h("div", { class: "row between" },
        h("h2", null, h("code", null, behaviour.name)),
        h("div", { class: "row" }, (behaviour.topics ?? []).map(topic => tag(topic)), tag(`version ${behaviour.version}`), behaviour.retired && tag("retired", "bad"))),
      h("p", null, behaviour.instruction),
      behaviour.retired && h("p", { class: "small bad" }, behaviour.retired),
      h("p", { class: "small muted" }, effect(behaviour), behaviour.provenance && ` From: ${behaviour.provenance}.`),
      editing,
      h("button", { type: "button", class: "quiet small delete", "aria-label": `Delete ${behaviour.name}`, onclick: () => {
        if (confirm(`Delete ${behaviour.name}?`)) act(() => send("DELETE", `${path}/behaviours/${encodeURIComponent(behaviour.name)}`, undefined, signal));
      } }, "Delete"));
  }

  function retire() {
    act(async () => {
      const { retired } = await send("POST", `${path}/retire`, undefined, signal);
      replace(notice, h("p", { class: "notice" }, retired.length === 0 ? "None is dead: none has lost with its whole interval, none was ignored 500 times." : `Retired: ${retired.map(entry => entry.name).join(", ")}.`));
    });
  }

  function remove() {
    if (confirm(`Delete the handbook ${name} with all of its behaviours?`))
      send("DELETE", path, undefined, signal).then(() => { location.hash = "#/handbooks"; }, error => replace(notice, problem(error)));
  }
}

function effect({ counters = {}, lift }) {
  const shown = `Shown ${integer(counters.shown ?? 0)} times, withheld ${integer(counters.withheld_judged ?? 0)} times, named in ${integer(counters.cited ?? 0)} answers.`;
  return lift ? `${shown} Right answers with it: ${signed(100 * lift.difference)} points (${signed(100 * lift.lower)} to ${signed(100 * lift.upper)}).` : shown;
}
