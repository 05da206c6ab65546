// One experiment: its arms, a metric's effects with their intervals over time, and what they say in words.

import { download, get, send } from "../api.js";
import { chart } from "../chart.js";
import { h, replace } from "../dom.js";
import { fixed, integer, percent, plural, short, signed, when } from "../format.js";
import { empty, field, heading, problem, stat, stats, table, tag } from "../parts.js";
import { planText } from "../plan.js";
import { setQuery } from "../router.js";
import { experimentForm } from "./experiment-form.js";
import { statusTag } from "./experiments.js";

export const title = "Experiment";

export async function show({ root, parameters: { name }, query, signal }) {
  const path = `/api/experiments/${encodeURIComponent(name)}`;
  const experiment = await get(path, signal);
  const metrics = metricsOf(experiment);
  const report = h("div", { class: "stack wide-gap" });
  const choice = h("select", { onchange: event => showMetric(event.target.value) }, metrics.map(metric => h("option", { value: metric.name, selected: metric.name === query.get("metric") }, metric.name)));
  const notice = h("div");
  replace(root,
    heading(experiment.name, null, statusTag(experiment.status),
      h("button", { type: "button", class: "quiet", onclick: () => act(() => download(`${path}/export`, `${name}.jsonl`, signal)) }, "Export"),
      experiment.status !== "stopped" && h("button", { type: "button", onclick: stop }, "Stop it"),
      h("button", { type: "button", class: "quiet", onclick: remove }, "Delete")),
    notice,
    alarm(experiment),
    experiment.stopped_reason && h("p", { class: "notice" }, `Stopped: ${experiment.stopped_reason}`),
    stats(stat("Exposures", integer(sum(experiment.arms, arm => arm.exposures))), stat("Arms", String(experiment.arms.length)), stat("Since", when(experiment.created))),
    metrics.length > 0 ? h("div", { class: "sheet" }, h("div", { class: "metric" }, field("Metric", choice)), report)
      : empty("No outcomes yet: no request has taken part, or none has been judged."),
    h("section", { class: "sheet" }, h("h2", null, "Arms"), armsTable(experiment)),
    experiment.router && routerPart(experiment.router),
    experiment.status !== "inline" && h("details", { class: "sheet more" }, h("summary", null, experiment.status === "running" ? "Change weights" : "Start it again"),
      experimentForm(experiment, { signal, done: () => location.reload() })));
  if (metrics.length > 0) await showMetric(choice.value);

  async function showMetric(metricName) {
    const metric = metrics.find(one => one.name === metricName);
    setQuery({ metric: metricName });
    const place = h("div");
    replace(report, verdicts(experiment, metric), place);
    try {
      const history = await get(`${path}/history?metric=${encodeURIComponent(metricName)}`, signal);
      replace(place, effectChart(history, metric, experiment.arms));
    } catch (error) {
      if (!signal.aborted) replace(place, problem(error));
    }
  }

  async function act(action) {
    try {
      await action();
    } catch (error) {
      if (!signal.aborted) replace(notice, problem(error));
    }
  }

  function stop() {
    if (confirm(`Stop ${name}? Its units then get the first arm's plan or their own, and no further outcomes are counted.`))
      act(async () => { await send("POST", `${path}/stop`, undefined, signal); location.reload(); });
  }

  function remove() {
    if (confirm(`Delete ${name} with all of its outcomes?`))
      act(async () => { await send("DELETE", path, undefined, signal); location.hash = "#/experiments"; });
  }
}

/** The metrics that are declared, and those that some arm has values of. */
/** What one wants more of first: labels and verified answers before what they cost. */
function metricsOf({ metrics = [], arms }) {
  const measured = new Set(arms.flatMap(arm => Object.keys(arm.metrics ?? {})));
  const declared = metrics.filter(metric => measured.has(metric.name));
  const all = [...declared, ...[...measured].filter(name => !declared.some(metric => metric.name === name)).map(name => ({ name, kind: "mean", better: "higher" }))];
  return all.sort((a, b) => (b.better === "higher") - (a.better === "higher"));
}

const sum = (list, of) => list.reduce((total, one) => total + (of(one) ?? 0), 0);
const isShare = metric => metric.kind === "proportion";
const level = (metric, value) => isShare(metric) ? percent(value) : Math.abs(value) >= 1e4 ? short(value) : fixed(value, Math.abs(value) < 10 ? 2 : 1);
const change = (metric, value) => isShare(metric) ? signed(100 * value) : Math.abs(value) >= 1e4 ? `${value > 0 ? "+" : "−"}${short(Math.abs(value))}` : signed(value, Math.abs(value) < 10 ? 2 : 1);

function alarm({ sample_ratio: ratio }) {
  return ratio?.alarm && h("div", { class: "notice bad", role: "alert" }, h("strong", null, "The split is not what the weights say."),
    h("p", null, `Such a split comes by chance with probability ${ratio.p_value < 0.0001 ? "below 0.0001" : fixed(ratio.p_value, 4)}. Something keeps units of one arm from being counted; look for it before reading the effects.`));
}

const verdictKinds = { leading: "good", trailing: "bad", no_difference: "accent" };

function verdicts(experiment, metric) {
  const [first, ...rest] = experiment.arms;
  const own = arm => arm.metrics?.[metric.name];
  return h("ul", { class: "verdicts" },
    h("li", null, h("strong", null, first.name), h("span", { class: "big" }, level(metric, own(first)?.mean)), h("span", { class: "muted small" }, `${plural(own(first)?.n ?? 0, "unit")} · the arm that others are compared with`)),
    rest.map(arm => h("li", { class: own(arm)?.verdict ?? "too_early" },
      h("strong", null, arm.name),
      h("span", { class: "big" }, level(metric, own(arm)?.mean)),
      own(arm) ? [
        own(arm).interval && h("span", { class: "small" }, `${change(metric, own(arm).effect)}${isShare(metric) ? " points" : ""} (${change(metric, own(arm).interval[0])} to ${change(metric, own(arm).interval[1])}), ${plural(own(arm).n, "unit")}`),
        h("span", { class: `small ${verdictKinds[own(arm).verdict] ?? "muted"}` }, own(arm).words ?? own(arm).verdict?.replaceAll("_", " ") ?? "")]
        : h("span", { class: "muted small" }, "no outcomes yet"))));
}

function effectChart(history, metric, arms) {
  const series = history.arms.map(arm => ({
    name: arm.name, colour: arms.findIndex(one => one.name === arm.name) || undefined,
    points: arm.points.filter(point => point.interval).map(point => ({ x: point.exposures, y: point.effect, low: point.interval[0], high: point.interval[1] })),
  })).filter(arm => arm.points.length > 0);
  if (series.length === 0) return empty("The chart begins when two arms have outcomes.");
  return h("div", null, h("h3", null, `Effect on ${metric.name} against ${arms[0].name}, with the interval that holds however often one looks`), chart({
    label: `Effect on ${metric.name} over exposures`, series, height: 300,
    x: { label: "exposures", format: integer },
    y: { label: isShare(metric) ? "points" : `difference (${metric.better} is better)`, format: value => change(metric, value), zero: true },
  }));
}

function armsTable(experiment) {
  return table([{ name: "Arm" }, { name: "Plan" }, { name: "Weight", number: true }, { name: "Exposures", number: true }, { name: "Units", number: true }], experiment.arms.map(arm => [
    [arm.name, arm.stopped && [" ", tag("stopped", "bad"), h("p", { class: "small bad" }, arm.stopped)]],
    planText(arm.strategies),
    fixed(arm.weight, 2), integer(arm.exposures), integer(arm.units)]));
}

/** What chose the arms in place of weights, and whether it still looks at all of them. */
function routerPart({ options, reward, contexts, token_penalty: tokens, latency_penalty: latency }) {
  const costs = [tokens && `${tokens} for 1,000 tokens`, latency && `${latency} for a second`].filter(Boolean);
  return h("section", { class: "sheet" }, h("h2", null, `Chosen by ${options.name}, which learns from ${reward}${costs.length > 0 ? `, less ${costs.join(" and ")}` : ""}`),
    table([{ name: "Context" }, { name: "Requests", number: true }, { name: "Took the best arm", number: true }, { name: "Least chosen arm", number: true }, { name: "Regret", number: true }, { name: "Shares" }, { name: "" }], contexts.map(context => [
      context.context, integer(context.requests), percent(context.greedy_frequency), percent(context.least_pulled_fraction), fixed(context.regret, 1),
      context.arms.map(arm => `${arm.name} ${percent(arm.share, 0)}`).join(", "),
      context.suffix_failure && tag("stopped looking at the best arm", "bad")])));
}
