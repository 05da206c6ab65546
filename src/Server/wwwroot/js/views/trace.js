// One request: its candidates as a tree, their tokens, the process reward along the text, what happened, what it cost.

import { get, send } from "../api.js";
import { billOf } from "../bill.js";
import { Candidates } from "../candidates.js";
import { h, replace } from "../dom.js";
import { duration, fixed, integer, when } from "../format.js";
import { stateText } from "../lanes.js";
import { copyButton, heading, problem, stat, table, tag } from "../parts.js";
import { surprisalLegend, tokenText } from "../tokens.js";
import { candidateTree } from "../tree.js";
import { replayForm } from "./replay.js";
import { rewardChart } from "./reward-chart.js";

export const title = "Trace";

export async function show({ root, parameters: { id }, query, signal }) {
  const trace = await get(`/api/traces/${encodeURIComponent(id)}`, signal);
  const run = Candidates.ofTrace(trace), candidates = run.all.filter(Boolean);
  const tree = candidateTree(candidates, choose), detail = h("div", { class: "sheet", tabindex: -1 });
  replace(root,
    heading("Trace", null,
      trace.request && !trace.request.redacted && h("a", { class: "button", href: `#/?request=${encodeURIComponent(JSON.stringify(requestOf(trace)))}` }, "Open in the playground"),
      copyButton("Copy id", id),
      h("button", { type: "button", class: "quiet", onclick: remove }, "Delete")),
    summary(trace),
    h("div", { class: "columns" },
      h("section", { class: "sheet" }, h("h2", null, "What it cost"), billOf(trace.bill, [stat("Candidates", integer(candidates.length), trace.rejected > 0 ? `${trace.rejected} rejected` : null)])),
      h("section", { class: "sheet" }, h("h2", null, "Candidates over time"), tree.root)),
    detail,
    h("section", { class: "sheet" }, h("h2", null, "Replay under another plan"), replayForm(trace, signal)),
    h("details", { class: "sheet more" }, h("summary", null, `What happened: ${integer(trace.events?.length ?? 0)} events`), events(trace)));
  choose(Number(query.get("candidate") ?? candidates.find(candidate => candidate.selected)?.index ?? 0), false);

  function choose(index, focus = true) {
    const candidate = run.all[index] ?? candidates[0];
    if (!candidate) return;
    const chart = rewardChart(candidate);
    replace(detail,
      h("div", { class: "row between" },
        h("h2", null, `Candidate ${candidate.index}`),
        h("p", { class: `small ${candidate.state === "rejected" ? "bad" : "muted"}` }, stateText(candidate), candidate.score !== null && ` · score ${fixed(candidate.score, 3)}`)),
      tokenText(candidate), surprisalLegend(), chart);
    tree.mark(candidate.index);
    if (focus) detail.focus();
  }

  async function remove() {
    if (!confirm("Delete this trace? It cannot be brought back.")) return;
    try {
      await send("DELETE", `/api/traces/${encodeURIComponent(id)}`, undefined, signal);
      location.hash = "#/traces";
    } catch (error) {
      root.prepend(problem(error));
    }
  }
}

function summary(trace) {
  const request = trace.request ?? {};
  return h("section", { class: "sheet" },
    request.redacted ? h("p", { class: "muted" }, "The text of this request was not kept.")
      : request.messages?.length > 0 ? request.messages.map(message => h("p", { class: "said" }, h("span", { class: "label" }, message.role), " ", contentOf(message)))
      : h("p", { class: "said" }, request.prompt ?? trace.question),
    trace.answer && h("pre", { class: "answer-text" }, trace.answer),
    h("p", { class: "row small" },
      (trace.plan ?? []).length === 0 ? tag("plain") : trace.plan.map(strategy => tag(`${strategy.name}${strategy.n ? ` ${strategy.n}` : ""}`)),
      trace.experiment && h("a", { href: `#/experiments/${encodeURIComponent(trace.experiment)}` }, tag(`${trace.experiment}: ${trace.arm}`, "accent")),
      tag(trace.finish_reason, trace.finish_reason === "stop" ? "good" : ""),
      (trace.feedback ?? []).map(({ name, value }) => tag(`${name} ${value}`, "accent")),
      h("span", { class: "muted" }, `${when(trace.created)} · ${trace.endpoint ?? ""} · ${trace.model} · seed ${trace.seed}`)),
    trace.shadow && h("details", { class: "more" }, h("summary", null, "The same request under a shadow arm"), h("pre", { class: "json" }, JSON.stringify(trace.shadow, null, 2))));
}

const contentOf = ({ content }) => typeof content === "string" ? content : (content ?? []).map(part => part.text ?? "").join("");

const requestOf = ({ request, plan, seed }) => ({ messages: request.messages, prompt: request.prompt, ...request.sampling, max_tokens: request.max_tokens, strategies: plan ?? [], seed });

function events(trace) {
  const of = event => [event.text, event.reason, event.outcome, event.scorer && `by ${event.scorer}`, event.score !== undefined && `score ${fixed(event.score, 3)}`, event.tokens !== undefined && `${event.tokens} tokens`, event.parent !== undefined && event.parent !== null && `from ${event.parent}`];
  return table([{ name: "After", number: true }, { name: "Candidate", number: true }, { name: "Event" }, { name: "" }],
    (trace.events ?? []).map(event => [duration(event.elapsed_ms), String(event.candidate ?? ""), event.type.replaceAll("_", " "), of(event).filter(Boolean).join(" · ")]));
}
