// What docs/results.json says, as points for charts. Its tables hold numbers as people read them: "44.2 % (35.4 to 52.5)".

/** The claim of this name; undefined when it was not measured. */
export const claimOf = (results, name) => results.claims.find(claim => claim.name === name);

/** A cell's number with its interval, when it has one; shares as fractions. */
export function numberOf(cell) {
  const match = /^([+-]?[\d.]+)( %)?(?: \(([+-]?[\d.]+) to ([+-]?[\d.]+)\))?/.exec((cell ?? "").replaceAll("−", "-"));
  if (!match) return null;
  const scale = match[2] ? 100 : 1;
  return { value: match[1] / scale, ...(match[3] && { low: match[3] / scale, high: match[4] / scale }) };
}

/** Accuracy over the number of samples, a series for each selector. */
export function bySamples(claim) {
  const tokens = Number(/([\d.]+) tokens a sample/.exec(claim.text?.join(" ") ?? "")?.[1] ?? 1);
  const series = new Map();
  for (const [name, { estimate, low, high }] of Object.entries(claim.measures)) {
    const [, selector, count] = /^(.+), (\d+)$/.exec(name) ?? [];
    if (!selector) continue;
    if (!series.has(selector)) series.set(selector, []);
    series.get(selector).push({ x: count * tokens, y: estimate, low, high, note: count === "1" ? "one sample" : `best of ${count}` });
  }
  for (const points of series.values()) points.sort((a, b) => a.x - b.x);
  return { series: [...series].filter(([, points]) => points.length > 1), inTokens: tokens > 1 };
}

/** Accuracy against the share of the operations of full best-of-N, for each setting of early rejection. */
export function bySettings(table) {
  const kinds = new Map([["full best-of", { name: "best-of-N, nothing rejected", kind: "line", points: [] }], ["once", { name: "one rejection", kind: "dots", points: [] }], ["halving", { name: "halving", kind: "dots", points: [] }]]);
  const [setting, accuracy, share] = ["setting", "accuracy", "share of operations"].map(name => table.columns.indexOf(name));
  for (const row of table.rows) {
    const y = numberOf(row[accuracy]), x = numberOf(row[share]);
    const kind = [...kinds.keys()].find(start => row[setting].startsWith(start));
    if (kind && x && y) kinds.get(kind).points.push({ x: x.value, y: y.value, note: row[setting] });
  }
  for (const { points } of kinds.values()) points.sort((a, b) => a.x - b.x);
  return [...kinds.values()];
}

/** Plans that were run as they are: accuracy against the tokens that a problem took, a series for each claim. */
export const byPlans = results => results.claims.map(claim => ({
  name: claim.name.replaceAll("_", " "), kind: "whiskers",
  points: claim.tables.filter(table => ["accuracy", "prompt tokens", "other tokens"].every(name => table.columns.includes(name))).flatMap(table => table.rows.map(row => {
    const cell = name => numberOf(row[table.columns.indexOf(name)]), accuracy = cell("accuracy");
    return { x: cell("prompt tokens").value + cell("other tokens").value, y: accuracy.value, low: accuracy.low, high: accuracy.high, note: row[0] };
  })).sort((a, b) => a.x - b.x),
})).filter(one => one.points.length > 0);
