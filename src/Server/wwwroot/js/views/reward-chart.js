// The process reward along a candidate's text, with the moment of its rejection.

import { chart } from "../chart.js";
import { fixed, integer } from "../format.js";
import { h } from "../dom.js";

export function rewardChart(candidate) {
  const points = candidate.tokens.map((token, i) => ({ x: i, y: token.value, note: JSON.stringify(token.text) })).filter(point => typeof point.y === "number");
  if (points.length < 2) return h("p", { class: "muted small" }, "No process reward was kept for this candidate.");
  return chart({
    label: `Process reward of candidate ${candidate.index} along its text`,
    height: 200,
    series: [{ name: "process reward", points, colour: candidate.state === "rejected" ? 2 : 1 }],
    x: { label: "token", format: integer },
    y: { label: "process reward", format: value => fixed(value, 2), domain: [0, 1] },
    marks: typeof candidate.rejectedAt === "number" && candidate.state === "rejected" ? [{ x: Math.min(candidate.rejectedAt, points.at(-1).x), label: "rejected" }] : [],
  });
}
