// What was measured with the bundled model: accuracy against tokens, and every claim with its tables.

import { get } from "../api.js";
import { chart } from "../chart.js";
import { h, replace } from "../dom.js";
import { integer, percent } from "../format.js";
import { heading, table } from "../parts.js";
import { byPlans, bySamples, bySettings, claimOf } from "./results-data.js";

export const title = "Results";

// What is drawn at first: a perfect verifier, no choice at all, and the three ways to choose that matter most.
const drawnFirst = ["oracle", "likelihood", "process_reward, mean", "vote", "random"];

export async function show({ root, signal }) {
  const results = await get("/api/results", signal);
  const sampling = claimOf(results, "sampling"), rejection = claimOf(results, "early_rejection");
  const settings = rejection?.tables.find(one => one.caption.startsWith("All settings"));
  const plans = byPlans(results);
  replace(root,
    heading("Results", `What more compute gives the bundled model on held-out problems, in ${words(results.claims.length)} claims with their controls. Intervals are 95 %.`),
    sampling && h("section", { class: "sheet" }, h("h2", null, "Accuracy against tokens"), samples(sampling)),
    h("div", { class: "columns" },
      settings && h("section", { class: "sheet" }, h("h2", null, "Early rejection: accuracy against operations"), chart({
        label: "Accuracy of early rejection against its share of the operations of best-of-16", series: bySettings(settings),
        x: { label: "share of full best-of-16's operations", format: share }, y: { label: "accuracy", format: share },
      })),
      plans.length > 0 && h("section", { class: "sheet" }, h("h2", null, "Plans as they are: accuracy against tokens"), chart({
        label: "Accuracy of plans against the tokens that a problem takes", series: plans.slice(0, 6),
        x: { label: "tokens a problem, prompt included", format: integer, log: true }, y: { label: "accuracy", format: share, zero: true },
      }))),
    h("section", { class: "stack" }, h("h2", null, "Claims"), results.claims.map(claimPart)),
    h("p", { class: "small muted" }, `Made by ${results.command} on ${results.machine}, ${results.date}; model ${results.model}, seed ${results.seed}.`));
}

const share = value => percent(value, 0);

const words = count => ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"][count] ?? String(count);

function samples(claim) {
  const { series, inTokens } = bySamples(claim);
  const shown = new Set(drawnFirst.filter(name => series.some(([own]) => own === name)));
  const place = h("div"), chips = h("div", { class: "chips", role: "group", "aria-label": "Selectors drawn" });
  draw();
  return [h("p", { class: "muted small" }, "How the answer is chosen among 1, 2, 4, ... samples. The oracle is a perfect verifier: what choosing better could still give. Intervals are drawn for one or two of them, and said for all where you point."), chips, place];

  function draw(focus) {
    replace(chips, series.map(([name]) => h("button", { type: "button", class: "chip", "aria-pressed": String(shown.has(name)), onclick: () => { shown.has(name) ? shown.delete(name) : shown.add(name); draw(name); } }, name)));
    if (focus) [...chips.children].find(chip => chip.textContent === focus)?.focus();
    replace(place, chart({
      label: "Accuracy against tokens, by the way of choosing", height: 340,
      series: series.filter(([name]) => shown.has(name)).map(([name, points]) => ({ name, points })), bands: shown.size <= 2,
      x: { label: inTokens ? "sampled tokens a problem" : "samples", format: integer, log: true }, y: { label: "accuracy", format: share },
    }));
  }
}

const claimPart = claim => h("details", { class: "sheet more claim" },
  h("summary", null, h("strong", null, claim.name.replaceAll("_", " ")), " ", h("span", null, claim.summary), claim.paper && h("span", { class: "muted" }, ` ${claim.paper}`)),
  (claim.text ?? []).map(text => h("p", { class: "small" }, text)),
  claim.tables.filter(one => one.rows.length > 0).map(one => table(one.columns.map((name, i) => ({ name, number: i > 0 })), one.rows, one.caption)));
