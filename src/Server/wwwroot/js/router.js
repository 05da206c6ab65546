// Views by the address's hash: #/traces/ID?experiment=NAME. A view's module is loaded when it is first shown.

import { h, replace } from "./dom.js";
import { problem } from "./parts.js";

const routes = [
  ["", () => import("./views/playground.js")],
  ["traces", () => import("./views/traces.js")],
  ["traces/:id", () => import("./views/trace.js")],
  ["experiments", () => import("./views/experiments.js")],
  ["experiments/:name", () => import("./views/experiment.js")],
  ["results", () => import("./views/results.js")],
  ["engine", () => import("./views/engine.js")],
  ["handbooks", () => import("./views/handbooks.js")],
  ["handbooks/:name", () => import("./views/handbook.js")],
];

let leaving = new AbortController();
let first = true;

/** Shows the view of the address, now and whenever it changes. */
export function start() {
  addEventListener("hashchange", show);
  return show();
}

/** Changes parts of the query without showing the view anew. */
export function setQuery(changes) {
  const { path, query } = address();
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  const text = query.toString();
  history.replaceState(null, "", `#/${path}${text ? `?${text}` : ""}`);
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { path, query } = address();
  mark(path);
  const main = document.getElementById("main");
  const match = routes.map(([pattern, load]) => ({ load, parameters: parametersOf(pattern, path) })).find(({ parameters }) => parameters);
  const root = h("div", { class: "view" });
  try {
    if (!match) throw new Error(`There is no view '${path}'.`);
    const view = await match.load();
    if (signal.aborted) return;
    document.title = `${view.title} · Inference-time compute`;
    replace(main, root);
    await view.show({ root, parameters: match.parameters, query, signal });
  } catch (error) {
    if (signal.aborted) return;
    if (!root.isConnected) replace(main, root);
    root.append(problem(error));
  }
  // Somebody who moves by keyboard or hears the page goes on in the new view, not at its old link.
  if (!first && !signal.aborted) main.focus({ preventScroll: true });
  if (!first) scrollTo(0, 0);
  first = false;
}

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path, query: new URLSearchParams(query) };
}

function parametersOf(pattern, path) {
  const want = pattern.split("/"), have = path.split("/");
  if (want.length !== have.length) return null;
  const parameters = {};
  for (let i = 0; i < want.length; i++)
    if (want[i].startsWith(":")) parameters[want[i].slice(1)] = decodeURIComponent(have[i]);
    else if (want[i] !== have[i]) return null;
  return parameters;
}

function mark(path) {
  for (const link of document.querySelectorAll(".bar nav a"))
    if (link.hash.slice(2) === path.split("/")[0]) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView?.({ block: "nearest", inline: "center" });
    } else link.removeAttribute("aria-current");
}
