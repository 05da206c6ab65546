// From numbers to pixels: linear and logarithmic scales with ticks at round values.

/** @param {number[]} domain the least and the largest value @param {number[]} range their pixels */
export function linear([low, high], [from, to], count = 5) {
  if (high === low) [low, high] = [low - 0.5, high + 0.5];
  const at = value => from + (value - low) / (high - low) * (to - from);
  const step = roundStep((high - low) / count);
  const ticks = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Math.abs(tick) < step / 1e6 ? 0 : tick);
  return { at, ticks };
}

/** The same for positive values whose ratios matter, with ticks at powers of two, thinned out when there is little room. */
export function logarithmic([low, high], [from, to], count = 8) {
  const span = Math.log2(high / low) || 1;
  const at = value => from + Math.log2(value / low) / span * (to - from);
  const every = Math.max(1, Math.ceil(span / count));
  const ticks = [];
  for (let power = Math.ceil(Math.log2(low) - 1e-9); power <= Math.log2(high) + 1e-9; power += every) ticks.push(2 ** power);
  return { at, ticks };
}

/** The next of 1, 2, 5, 10, ... that is no smaller. */
function roundStep(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= step * (1 - 1e-9));
}

/** The least and the largest of what is there, a little wider than that when asked. */
export function extent(values, pad = 0) {
  const known = values.filter(value => typeof value === "number" && Number.isFinite(value));
  if (known.length === 0) return [0, 1];
  const low = Math.min(...known), high = Math.max(...known), margin = (high - low) * pad;
  return [low - margin, high + margin];
}
