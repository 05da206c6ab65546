// The experiments, and a form for a new one.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { integer, when } from "../format.js";
import { empty, heading, problem, table, tag } from "../parts.js";
import { experimentForm } from "./experiment-form.js";

export const title = "Experiments";

export async function show({ root, signal }) {
  const place = h("div", { class: "sheet" });
  const form = h("details", { class: "sheet more" }, h("summary", null, "New experiment"),
    experimentForm(null, { signal, done: name => { location.hash = `#/experiments/${encodeURIComponent(name)}`; } }));
  replace(root, heading("Experiments", "Which plan should be the default? Requests are split among arms, outcomes are gathered, and intervals say when it is decided, however often one looks."), place, form);
  try {
    const { data } = await get("/api/experiments", signal);
    replace(place, data.length === 0
      ? empty("No experiments yet. Make one below, or send a request with the field ", h("code", null, "experiment"), ".")
      : table([{ name: "Name" }, { name: "Status" }, { name: "Arms" }, { name: "Exposures", number: true }, { name: "Since" }], data.map(experiment => [
        h("a", { href: `#/experiments/${encodeURIComponent(experiment.name)}` }, experiment.name),
        statusTag(experiment.status),
        h("span", { class: "chips" }, (experiment.arms ?? []).map(arm => tag(`${arm.name} · ${arm.weight}`))),
        integer(experiment.exposures),
        when(experiment.created)])));
  } catch (error) {
    if (!signal.aborted) replace(place, problem(error));
  }
}

export const statusTag = status => tag({ inline: "in requests" }[status] ?? status, { running: "good", stopped: "bad" }[status] ?? "accent");
