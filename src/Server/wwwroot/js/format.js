// Numbers and times as people read them. The minus sign is a real one, and what is not there is a dash.

const none = "–";
const isNumber = x => typeof x === "number" && Number.isFinite(x);

export const integer = x => isNumber(x) ? Math.round(x).toLocaleString("en") : none;

export const fixed = (x, digits = 2) => isNumber(x) ? x.toFixed(digits).replace("-", "−") : none;

export const signed = (x, digits = 1) => isNumber(x) ? (x > 0 ? "+" : "") + fixed(x, digits) : none;

export const percent = (x, digits = 1) => isNumber(x) ? `${fixed(100 * x, digits)} %` : none;

/** A probability from its logarithm; near 0 and 1 it keeps its meaning. */
export const probability = logprob => {
  const p = Math.exp(logprob);
  return p > 0.9995 ? "> 99.9 %" : p < 0.0005 ? "< 0.1 %" : percent(p);
};

export const duration = ms => !isNumber(ms) ? none : ms === 0 ? "0" : ms < 10 ? `${fixed(ms, 1)} ms` : ms < 1000 ? `${integer(ms)} ms` : ms < 60000 ? `${fixed(ms / 1000, 2)} s` : `${fixed(ms / 60000, 1)} min`;

export const operations = x => {
  if (!isNumber(x)) return none;
  for (const [size, unit] of [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"]])
    if (x >= size) return `${fixed(x / size, x / size < 10 ? 2 : 1)} ${unit}FLOP`;
  return `${integer(x)} FLOP`;
};

export const short = x => !isNumber(x) ? none : x >= 1e9 ? `${fixed(x / 1e9, 1)}B` : x >= 1e6 ? `${fixed(x / 1e6, 1)}M` : x >= 1e4 ? `${fixed(x / 1e3, 0)}K` : integer(x);

/** A moment, given as ISO text or as seconds since 1970. */
export const when = moment => {
  const date = new Date(typeof moment === "number" ? moment * 1000 : moment);
  if (Number.isNaN(date.getTime())) return none;
  const today = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return today ? time : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time.slice(0, 5)}`;
};

export const plural = (count, one, many = `${one}s`) => `${integer(count)} ${count === 1 ? one : many}`;
