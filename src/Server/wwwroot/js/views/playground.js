// A question, a plan, and what came of it.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { copyButton, problem } from "../parts.js";
import { planBuilder } from "../plan.js";
import { questionBox } from "./question.js";
import { runPanel } from "./run-panel.js";
import { samplingFields } from "./sampling.js";
import { examples, presets } from "./examples.js";

export const title = "Playground";

export async function show({ root, query, signal }) {
  const request = fromAddress(query);
  const json = h("pre", { class: "json", tabindex: 0, "aria-label": "The request as JSON" });
  const panel = runPanel(() => bodyOf(request), signal);
  const changed = () => { json.textContent = JSON.stringify(bodyOf(request), null, 2); };
  const question = questionBox(request, changed);
  const planPlace = h("div", { class: "plan-place" }), verifierPlace = h("div", { class: "plan-place" });
  const form = h("form", { class: "ask", onsubmit: event => { event.preventDefault(); panel.run(); } },
    question,
    h("fieldset", null, h("legend", null, "Strategies"), h("p", { class: "help" }, "What the compute is spent on, outermost first."), planPlace),
    samplingFields(request, changed),
    h("div", { class: "mores" },
      h("details", { class: "more" }, h("summary", null, "Verifiers"), h("p", { class: "help" }, "What judges answers, for strategies that ask."), verifierPlace),
    h("details", { class: "more" }, h("summary", null, "The request"),
      h("div", { class: "row" }, copyButton("Copy as curl", () => curlOf(bodyOf(request))), copyButton("Copy JSON", () => json.textContent), copyButton("Copy link", () => linkOf(request))),
      json)),
    panel.buttons);
  form.addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); } });
  replace(root, h("h1", { class: "hidden" }, "Playground"), h("div", { class: "playground" }, form, panel.root));
  changed();

  const [{ strategies }, { verifiers }] = await Promise.all([get("/api/strategies", signal), get("/api/verifiers", signal)]).catch(error => {
    if (!signal.aborted) planPlace.append(problem(error));
    return [{}, {}];
  });
  if (!strategies) return;
  const plan = planBuilder(strategies, request.strategies, { noun: "strategy", none: "None: one sample.", changed });
  replace(planPlace, h("div", { class: "chips", role: "group", "aria-label": "Plans to start from" }, presets.map(([name, items]) =>
    h("button", { type: "button", class: "chip", onclick: () => { request.strategies.splice(0, Infinity, ...structuredClone(items)); plan.draw(); changed(); } }, name))), plan.root);
  replace(verifierPlace, planBuilder(verifiers, request.verifiers, { noun: "verifier", none: "None.", changed }).root);
}

/** The request as the forms hold it: every list is there, empty or not. */
function fromAddress(query) {
  let given = {};
  try {
    given = JSON.parse(query.get("request") ?? "{}");
  } catch {
    // A link that was cut short shows the form that a visit begins with.
  }
  return { temperature: 0.8, strategies: structuredClone(presets[1][1]), verifiers: [], ...given, messages: given.messages ?? (given.prompt === undefined ? [{ role: "user", content: examples[0][1] }] : undefined) };
}

/** The request as it is sent: without what is empty. */
function bodyOf(request) {
  const body = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)));
  if (body.budget && Object.keys(body.budget).length === 0) delete body.budget;
  return body;
}

const curlOf = body => `curl -s ${location.origin}/api/generate -H 'content-type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;

export const linkOf = request => `${location.origin}/#/?request=${encodeURIComponent(JSON.stringify(bodyOf(request)))}`;
