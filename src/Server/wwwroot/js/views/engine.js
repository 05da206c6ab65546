// What the engine does now: asked once a second while somebody looks.

import { get } from "../api.js";
import { chart } from "../chart.js";
import { h, replace } from "../dom.js";
import { fixed, integer, percent } from "../format.js";
import { heading, problem, stat, stats } from "../parts.js";

export const title = "Engine";

const period = 1000, kept = 90;

export async function show({ root, signal }) {
  const now = h("div"), rows = h("div", { class: "slots", role: "img" }), speed = h("div"), load = h("div"), since = h("div"), notice = h("div");
  const samples = [];
  replace(root,
    heading("Engine", "Sequences computed side by side, those that wait, and tokens a second. It is asked once a second while this page is visible."),
    notice,
    h("section", { class: "sheet" }, now, h("h3", null, "Rows"), rows, h("ul", { class: "keys small" }, [["running", "with work"], ["held", "held, idle now"], ["free", "free"]].map(([kind, text]) => h("li", null, h("i", { class: `slot ${kind}` }), text)))),
    h("div", { class: "columns" }, h("section", { class: "sheet" }, h("h2", null, "Tokens a second"), speed), h("section", { class: "sheet" }, h("h2", null, "Sequences"), load)),
    h("section", { class: "sheet" }, h("h2", null, "Since the start"), since));
  let timer = null;
  const visible = () => { clearTimeout(timer); if (!document.hidden) poll(); };
  document.addEventListener("visibilitychange", visible, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  await poll();

  async function poll() {
    try {
      const sample = await get("/api/engine", signal);
      const last = samples.at(-1);
      // A long pause would flatten the line: what came before it is forgotten.
      if (last && sample.clock_seconds - last.clock_seconds > 5) samples.length = 0;
      samples.push(sample);
      if (samples.length > kept) samples.shift();
      replace(notice, sample.healthy ? null : h("p", { class: "notice bad" }, "Several forward passes in a row have failed; the log says why."));
      draw(sample);
    } catch (error) {
      if (signal.aborted) return;
      replace(notice, problem(error));
    }
    if (!document.hidden && !signal.aborted) timer = setTimeout(poll, period);
  }

  function draw(sample) {
    const rates = samples.slice(1).map((one, i) => ({ x: one.clock_seconds - sample.clock_seconds, sampled: rate("sampled_tokens", i), prefilled: rate("prefilled_tokens", i) }));
    const latest = rates.at(-1);
    replace(now, stats(
      stat("Rows in use", `${integer(sample.used_slots)}`, `of ${integer(sample.slots)}`), stat("Running", integer(sample.running)), stat("Waiting", integer(sample.waiting)),
      stat("Tokens a second", integer(latest?.sampled ?? 0)), stat("Prompt tokens a second", integer(latest?.prefilled ?? 0))));
    rows.setAttribute("aria-label", `${sample.running} rows with work, ${sample.used_slots} held, of ${sample.slots}`);
    replace(rows, Array.from({ length: Math.min(sample.slots, 512) }, (_, i) => h("i", { class: `slot ${i < Math.min(sample.running, sample.used_slots) ? "running" : i < sample.used_slots ? "held" : "free"}` })));
    const line = (name, colour, of) => ({ name, colour, points: of });
    if (rates.length > 1) replaceChart(speed, "Tokens a second over the last minute and a half", [line("sampled", 1, rates.map(({ x, sampled }) => ({ x, y: sampled }))), line("prompt", 6, rates.map(({ x, prefilled }) => ({ x, y: prefilled })))]);
    if (samples.length > 1) replaceChart(load, "Sequences over the last minute and a half", [line("running", 1, samples.map(one => ({ x: one.clock_seconds - sample.clock_seconds, y: one.running }))), line("waiting", 2, samples.map(one => ({ x: one.clock_seconds - sample.clock_seconds, y: one.waiting })))]);
    replace(since, stats(
      stat("Tokens sampled", integer(sample.sampled_tokens)), stat("Prompt tokens computed", integer(sample.prefilled_tokens)),
      stat("Found in the prefix cache", sample.prefix_queried_tokens > 0 ? percent(sample.prefix_hit_tokens / sample.prefix_queried_tokens) : "–"),
      stat("Forward passes", integer(sample.steps)), stat("Tokens a pass", sample.steps > 0 ? fixed(sample.sampled_tokens / sample.steps, 1) : "–"),
      stat("Preempted", integer(sample.preemptions)), stat("Failed passes", integer(sample.failed_steps))),
      h("p", { class: "small muted" }, `${sample.model} on ${sample.device}, ${sample.weights} weights`));
  }

  function rate(counter, i) {
    return (samples[i + 1][counter] - samples[i][counter]) / (samples[i + 1].clock_seconds - samples[i].clock_seconds);
  }

  function replaceChart(place, label, series) {
    // Whoever reads values with the keyboard keeps the picture they read.
    if (place.contains(document.activeElement)) return;
    replace(place, chart({ label, series, height: 200, x: { label: "seconds", format: x => fixed(x, 0), domain: [-kept, 0] }, y: { label: "", format: integer, zero: true, domain: [0, Math.max(4, ...series.flatMap(one => one.points.map(point => point.y))) * 1.08] } }));
  }
}
