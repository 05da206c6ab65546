// An ordered list of plug-ins with their options: the strategies of a plan, or the verifiers of a request.

import { h, replace } from "./dom.js";
import { schemaForm } from "./schema-form.js";

/**
 * @param {{name: string, summary: string, paper?: string, schema: object}[]} catalogue
 * @param {object[]} items the plan; changed in place
 * @param {{noun: string, none: string, changed: () => void}} options
 */
export function planBuilder(catalogue, items, { noun, none, changed }) {
  const root = h("div", { class: "plan" });
  const open = new WeakSet();
  draw();
  return { root, draw };

  function draw(focus) {
    replace(root,
      items.length === 0 ? h("p", { class: "muted small" }, none) : h("ol", { class: "cards" }, items.map(card)),
      h("select", { class: "add", "aria-label": `Add a ${noun}`, onchange: event => add(event.target.value) },
        h("option", { value: "" }, `Add a ${noun} …`),
        catalogue.map(plugin => h("option", { value: plugin.name }, plugin.name))));
    if (focus) root.querySelector(focus)?.focus();
  }

  function add(name) {
    if (name === "") return;
    const item = { name };
    open.add(item);
    items.push(item);
    update(`li:nth-child(${items.length}) summary`);
  }

  function move(index, by) {
    const [item] = items.splice(index, 1);
    items.splice(index + by, 0, item);
    update(`li:nth-child(${index + by + 1}) .${by < 0 ? "up" : "down"}:not(:disabled), li:nth-child(${index + by + 1}) button:not(:disabled)`);
  }

  function update(focus) {
    draw(focus);
    changed();
  }

  function card(item, index) {
    const plugin = catalogue.find(({ name }) => name === item.name);
    const brief = h("span", { class: "brief" }, briefOf(item, plugin));
    const details = h("details", { open: open.has(item), ontoggle: event => { event.target.open ? open.add(item) : open.delete(item); } },
      h("summary", null, h("strong", null, item.name), brief),
      plugin ? [
        h("p", { class: "muted small" }, plugin.summary, plugin.paper && ` ${plugin.paper}`),
        schemaForm(plugin.schema, item, () => { brief.textContent = briefOf(item, plugin); changed(); }),
      ] : h("p", { class: "bad small" }, `This server has no ${noun} of that name.`));
    const button = (label, text, kind, act, disabled) => h("button", { type: "button", class: `icon ${kind}`, "aria-label": `${label} ${item.name}`, title: label, disabled, onclick: act }, text);
    return h("li", { class: "card" }, details, h("div", { class: "moves" },
      button("Move outwards:", "↑", "up", () => move(index, -1), index === 0),
      button("Move inwards:", "↓", "down", () => move(index, 1), index === items.length - 1),
      button("Remove", "×", "remove", () => { items.splice(index, 1); update(".add"); })));
  }
}

/** What was set to something else than the default. */
const briefOf = (item, plugin) => Object.entries(item)
  .filter(([name, value]) => name !== "name" && value !== null && value !== plugin?.schema.properties[name]?.default)
  .map(([name, value]) => `${name.replaceAll("_", " ")} ${typeof value === "object" ? "…" : value}`).join(", ");

/** A plan in one line, as it was written. */
export const planText = strategies => strategies?.length > 0 ? strategies.map(item => `${item.name} ${briefOf(item)}`.trim()).join(" › ") : "plain";
