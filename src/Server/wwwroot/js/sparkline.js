// A line without axes, 0 to 1, as high as a line of text.

import { s } from "./dom.js";

const width = 96, height = 22;

/** @param {number[]} values process rewards, 0 to 1, one a token @param {boolean} cut marks the last one as the moment of rejection */
export function sparkline(values, cut) {
  const x = i => 2 + i / Math.max(1, values.length - 1) * (width - 6);
  const y = value => 2 + (1 - Math.min(1, Math.max(0, value))) * (height - 4);
  const last = values.length - 1;
  return s("svg", { class: `sparkline ${cut ? "cut" : ""}`, width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Process reward, last ${values[last].toFixed(2)}` },
    s("line", { class: "middle", x1: 2, x2: width - 4, y1: y(0.5), y2: y(0.5) }),
    s("polyline", { points: values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }),
    s("circle", { cx: x(last), cy: y(values[last]), r: 2.2 }));
}
