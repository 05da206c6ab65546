// Runs a request and shows it while it runs: the lanes, the answer, the bill.

import { stream } from "../api.js";
import { billOf } from "../bill.js";
import { Candidates } from "../candidates.js";
import { h, replace } from "../dom.js";
import { fixed, plural } from "../format.js";
import { lanes } from "../lanes.js";
import { empty, problem, stat } from "../parts.js";
import { surprisalLegend } from "../tokens.js";

/** @param {() => object} body the request @param {AbortSignal} leaving aborted when the view is left */
export function runPanel(body, leaving) {
  const start = h("button", { type: "submit", class: "primary" }, "Run");
  const stop = h("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Stop");
  const buttons = h("div", { class: "row run" }, start, stop, h("span", { class: "muted small hint" }, "Ctrl + Enter"));
  const status = h("p", { class: "status muted small", role: "status" });
  const summary = h("div", { class: "summary" }), place = h("div");
  const root = h("section", { class: "result", "aria-label": "Result" }, summary, status, place);
  replace(place, empty("Every candidate gets a lane here: its text as it is written, what it scores, and where it is given up."));
  let running = null;
  leaving.addEventListener("abort", () => running?.abort());
  return { root, buttons, run };

  async function run() {
    running?.abort();
    const mine = running = new AbortController();
    const candidates = new Candidates(), drawn = lanes(candidates);
    let response = null;
    busy(true);
    replace(summary);
    replace(place, drawn.root);
    status.textContent = "Waiting for the engine …";
    try {
      await stream("/api/generate", { ...body(), stream: true }, event => {
        if (event.type === undefined) { response = event; return; }
        const candidate = candidates.take(event);
        if (candidate) drawn.changed(candidate);
        status.textContent = progress(candidates);
      }, mine.signal);
      if (!response) throw new Error("The stream ended before the answer came.");
      candidates.complete(response);
      replace(summary, answer(response, candidates));
      status.textContent = progress(candidates);
    } catch (error) {
      if (running !== mine) return;
      for (const candidate of candidates.all.filter(({ state }) => state === "running")) Object.assign(candidate, { state: "stopped", reason: "stopped" });
      status.textContent = error.name === "AbortError" ? "Stopped. What was written so far stays here." : "";
      if (error.name !== "AbortError") replace(summary, problem(error));
    }
    if (running !== mine) return;
    running = null;
    busy(false);
    drawn.finish();
    if (candidates.all.length > 0) place.append(surprisalLegend());
  }

  function busy(yes) {
    stop.hidden = !yes;
    start.textContent = yes ? "Run again" : "Run";
    root.setAttribute("aria-busy", yes);
    if (yes) root.scrollIntoView?.({ block: "nearest" });
  }
}

function progress({ all }) {
  const count = state => all.filter(candidate => candidate?.state === state).length;
  const parts = [[count("running"), "writing"], [count("finished"), "finished"], [count("rejected"), "rejected"], [count("stopped"), "stopped"]];
  return `${plural(all.length, "candidate")}: ${parts.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`).join(", ")}`;
}

function answer(response, candidates) {
  const rejected = candidates.all.filter(({ state }) => state === "rejected").length;
  return [
    h("div", { class: "reply" },
      h("h2", null, response.abstention ? "No answer is given" : "Answer"),
      answerText(response.abstention?.reason ?? response.text),
      response.budget_exhausted && h("p", { class: "small warn" }, `The budget ran out (${response.budget_exhausted}): this is the best until then.`),
      response.notes?.map(note => h("p", { class: "small muted" }, note)),
      h("p", { class: "small" }, h("a", { href: `#/traces/${encodeURIComponent(response.id)}` }, "Open the trace"), " ", h("span", { class: "muted" }, `seed ${response.seed}`))),
    billOf(response.bill, [stat("Candidates", String(candidates.all.length), rejected > 0 ? `${rejected} rejected` : null), typeof response.score === "number" && stat("Score", fixed(response.score, 3))]),
  ];
}

/** The bundled reasoner ends with "#### " and the result: that is what one looks for, so it stands first and large. */
function answerText(text) {
  const [, work, result] = /^([^]*?)\n?#### (.+)$/.exec(text.trimEnd()) ?? [null, text];
  return [result && h("p", { class: "outcome" }, result), work !== "" && h("pre", null, work)];
}
