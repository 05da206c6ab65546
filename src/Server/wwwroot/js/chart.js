// Lines over a common axis, with intervals as bands or whiskers; as wide as its place. The pointer and the arrow keys read values, which are also said in words.

import { h, replace, s } from "./dom.js";
import { extent, linear, logarithmic } from "./scale.js";

/**
 * @typedef {{x: number, y: number, low?: number, high?: number, note?: string}} Point
 * @param {{
 *   label: string, height?: number,
 *   series: {name: string, points: Point[], kind?: "line"|"dots"|"whiskers", colour?: number}[],
 *   x: {label: string, log?: boolean, format: (x: number) => string, domain?: number[]},
 *   y: {label: string, format: (y: number) => string, domain?: number[], zero?: boolean},
 *   bands?: boolean, whether intervals are drawn as bands and not only said
 *   marks?: {x: number, label: string}[],
 *   looked?: (point: Point) => void }} spec
 */
export function chart(spec) {
  const series = spec.series.map((one, i) => ({ ...one, colour: one.colour ?? i % 6 + 1 })).filter(one => one.points.length > 0);
  const place = h("div"), reading = h("p", { class: "reading", "aria-live": "polite" });
  const stops = [...new Set(series.flatMap(one => one.points.map(point => point.x)))].sort((a, b) => a - b);
  let frame = null, stop = -1;
  const root = h("figure", { class: "chart" },
    series.length > 1 && h("ul", { class: "keys small" }, series.map(one => h("li", { class: `k${one.colour}` }, h("i", { class: "k" }), one.name))),
    place, reading);
  new ResizeObserver(([{ contentRect }]) => { if (contentRect.width > 0) draw(contentRect.width); }).observe(place);
  return root;

  function draw(width) {
    frame = layout(spec, series, width);
    const svg = s("svg", { viewBox: `0 0 ${width} ${frame.height}`, height: frame.height, role: "img", tabindex: 0, "aria-label": `${spec.label}. Arrow keys read the values.` },
      axes(spec, frame), series.map(one => drawSeries(one, frame, spec.bands !== false)), (spec.marks ?? []).map(mark => drawMark(mark, frame)),
      s("line", { class: "cursor", y1: frame.top, y2: frame.bottom, visibility: "hidden" }));
    svg.addEventListener("pointermove", event => look(nearest(event.offsetX / svg.clientWidth * width)));
    svg.addEventListener("keydown", event => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      look(Math.min(stops.length - 1, Math.max(0, stop + by)));
    });
    const focused = place.contains(document.activeElement);
    replace(place, svg);
    if (focused) svg.focus();
    if (stop >= 0) look(stop);
  }

  function nearest(pixel) {
    let best = 0;
    for (let i = 1; i < stops.length; i++) if (Math.abs(frame.x.at(stops[i]) - pixel) < Math.abs(frame.x.at(stops[best]) - pixel)) best = i;
    return best;
  }

  function look(index) {
    if (index < 0 || stops.length === 0) return;
    stop = index;
    const x = stops[stop], cursor = place.querySelector(".cursor"), pixel = frame.x.at(x);
    for (const [name, value] of [["x1", pixel], ["x2", pixel], ["visibility", "visible"]]) cursor.setAttribute(name, value);
    const here = series.flatMap(one => one.points.filter(point => point.x === x).map(point => ({ one, point })));
    replace(reading, h("b", null, `${spec.x.label} ${spec.x.format(x)}`), here.map(({ one, point }) => h("span", { class: `k${one.colour}` },
      h("i", { class: "k" }),
      [series.length > 1 && one.name, spec.y.format(point.y), point.low !== undefined && `(${spec.y.format(point.low)} to ${spec.y.format(point.high)})`, point.note].filter(Boolean).join(" "))));
    if (here.length > 0) spec.looked?.(here[0].point);
  }
}

function layout(spec, series, width) {
  const points = series.flatMap(one => one.points), height = spec.height ?? (width < 500 ? 220 : 280);
  const drawn = one => spec.bands !== false || one.kind === "whiskers";
  const values = series.flatMap(one => one.points.flatMap(point => drawn(one) ? [point.y, point.low, point.high] : [point.y]));
  const top = 24, bottom = height - 38, right = width - 10;
  const y = linear(spec.y.domain ?? extent(spec.y.zero ? [0, ...values] : values, 0.06), [bottom, top]);
  // As much room at the side as the longest number takes.
  const left = 12 + 7 * Math.max(...y.ticks.map(tick => spec.y.format(tick).length));
  const x = (spec.x.log ? logarithmic : linear)(spec.x.domain ?? extent(points.map(point => point.x)), [left, right - 6], Math.max(3, Math.floor(width / 90)));
  return { x, y, top, bottom, left, right, height };
}

function axes(spec, { x, y, top, bottom, left, right, height }) {
  return [
    y.ticks.map(tick => [
      s("line", { class: tick === 0 ? "zero" : "grid", x1: left, x2: right, y1: y.at(tick), y2: y.at(tick) }),
      s("text", { x: left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, spec.y.format(tick))]),
    x.ticks.map(tick => s("text", { x: x.at(tick), y: bottom + 16, "text-anchor": "middle" }, spec.x.format(tick))),
    s("text", { x: 0, y: top - 12 }, spec.y.label),
    s("text", { x: right, y: height - 4, "text-anchor": "end" }, spec.x.label),
  ];
}

function drawSeries(one, { x, y }, bands) {
  const kind = one.kind ?? "line", group = s("g", { class: `k${one.colour}` });
  const path = points => points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
  const whole = one.points.filter(point => typeof point.y === "number");
  const bounded = whole.filter(point => typeof point.low === "number" && typeof point.high === "number");
  if (kind === "line") {
    if (bands && bounded.length > 1) group.append(s("polygon", { class: "band", points: path([...bounded.map(point => [x.at(point.x), y.at(point.high)]), ...bounded.toReversed().map(point => [x.at(point.x), y.at(point.low)])]) }));
    group.append(s("polyline", { class: "line", points: path(whole.map(point => [x.at(point.x), y.at(point.y)])) }));
  } else if (kind === "whiskers")
    for (const point of bounded) group.append(s("line", { class: "whisker", x1: x.at(point.x), x2: x.at(point.x), y1: y.at(point.low), y2: y.at(point.high) }));
  if (kind !== "line" || whole.length <= 24) for (const point of whole) group.append(s("circle", { class: "dot", cx: x.at(point.x), cy: y.at(point.y), r: kind === "line" ? 2.5 : 4 }));
  return group;
}

function drawMark({ x: at, label }, { x, top, bottom }) {
  return s("g", null, s("line", { class: "mark", x1: x.at(at), x2: x.at(at), y1: top, y2: bottom }), s("text", { class: "mark-label", x: x.at(at) + 4, y: top + 10 }, label));
}
