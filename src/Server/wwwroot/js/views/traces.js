// The stored requests, newest first.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { duration, fixed, integer, when } from "../format.js";
import { empty, field, heading, problem, table, tag } from "../parts.js";
import { setQuery } from "../router.js";

export const title = "Traces";

const pageSize = 50;

const columns = [{ name: "When" }, { name: "Question" }, { name: "Answer" }, { name: "Plan" }, { name: "Score", number: true }, { name: "Tokens", number: true }, { name: "Candidates", number: true }, { name: "Time", number: true }];

export async function show({ root, query, signal }) {
  const place = h("div", { class: "sheet" }), more = h("button", { type: "button", hidden: true }, "Older ones");
  const experiment = h("input", { type: "search", value: query.get("experiment") ?? "", placeholder: "all" });
  const words = h("input", { type: "search", value: query.get("q") ?? "", placeholder: "in question, answer or plan" });
  let traces = [];
  replace(root,
    heading("Traces", "Every request with its candidates, what they scored, where they were given up, and what it cost."),
    h("form", { class: "filters", role: "search", onsubmit: event => { event.preventDefault(); load(); } },
      field("Experiment", experiment), field("Find", words), h("button", { type: "submit" }, "Filter")),
    place, h("div", { class: "row" }, more));
  words.addEventListener("input", () => { setQuery({ q: words.value }); draw(); });
  more.addEventListener("click", () => load(traces.at(-1).id));
  await load();

  async function load(before) {
    setQuery({ experiment: experiment.value.trim() });
    const parameters = new URLSearchParams({ limit: pageSize });
    if (before) parameters.set("before", before);
    if (experiment.value.trim()) parameters.set("experiment", experiment.value.trim());
    try {
      const page = await get(`/api/traces?${parameters}`, signal);
      traces = before ? [...traces, ...page.data] : page.data;
      more.hidden = !page.has_more;
      draw();
    } catch (error) {
      if (!signal.aborted) replace(place, problem(error));
    }
  }

  function draw() {
    const wanted = words.value.trim().toLowerCase();
    const shown = traces.filter(trace => wanted === "" || [trace.question, trace.answer, ...trace.strategies ?? []].some(text => text?.toLowerCase().includes(wanted)));
    replace(place, shown.length > 0 ? table(columns, shown.map(row))
      : traces.length > 0 ? empty("None of these traces holds that.")
      : empty("No traces yet. ", h("a", { href: "#/" }, "Ask something in the playground"), " and look here again."));
  }
}

const row = trace => [
  h("time", { datetime: trace.created, class: "nowrap" }, when(trace.created)),
  h("a", { href: `#/traces/${encodeURIComponent(trace.id)}`, class: "clip" }, trace.question ?? "not kept"),
  h("span", { class: "clip answer-cell" }, resultOf(trace)),
  [(trace.strategies?.length ? trace.strategies.join(" › ") : "plain"), trace.experiment && [" ", tag(`${trace.experiment}: ${trace.arm}`, "accent")]],
  trace.score === undefined ? "" : fixed(trace.score, 3),
  integer(trace.completion_tokens),
  [integer(trace.candidates), trace.rejected > 0 && h("span", { class: "bad" }, ` −${trace.rejected}`)],
  duration(trace.elapsed_ms),
];

/** The bundled reasoner's last line is its result; the rest would fill the table. */
const resultOf = ({ answer, finish_reason }) => finish_reason === "abstained" ? tag("abstained") : /#### (.+)\s*$/.exec(answer ?? "")?.[1] ?? answer ?? "";
