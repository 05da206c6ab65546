// Small pieces that every view uses.

import { h } from "./dom.js";

/** A failure in words, for the reader. */
export function problem(error) {
  return h("div", { class: "notice bad", role: "alert" },
    h("strong", null, error.status ? `Refused (${error.status})` : "That did not work"),
    h("p", null, error.message),
    error.param && h("p", { class: "small muted" }, "Field: ", h("code", null, error.param)));
}

export const empty = (...text) => h("p", { class: "empty" }, ...text);

export const heading = (title, lead, ...actions) => h("div", { class: "heading" },
  h("div", null, h("h1", null, title), lead && h("p", { class: "lead" }, lead)),
  actions.length > 0 && h("div", { class: "row" }, actions));

/** A number with its name, for a row of them. */
export const stat = (name, value, note) => h("div", { class: "stat" },
  h("dt", null, name), h("dd", null, value, note && h("small", null, note)));

export const stats = (...children) => h("dl", { class: "stats" }, children);

/** A table that scrolls inside its own box. Columns: {name, number}; rows: arrays of text or elements. */
export const table = (columns, rows, caption) => h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption ?? "Table" },
  h("table", null,
    caption && h("caption", null, caption),
    h("thead", null, h("tr", null, columns.map(column => h("th", { scope: "col", class: column.number && "number" }, column.name)))),
    h("tbody", null, rows.map(row => h("tr", null, row.map((cell, i) => h("td", { class: columns[i]?.number && "number" }, cell)))))));

export const field = (label, control, help) => {
  const id = control.id || (control.id = `f${++count}`);
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, help && h("p", { class: "help", id: `${id}-help` }, help));
};

let count = 0;

export const tag = (text, kind) => h("span", { class: `tag ${kind ?? ""}` }, text);

/** A button that copies text, and says so. */
export function copyButton(label, text) {
  const button = h("button", { type: "button", class: "quiet small" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => { button.textContent = label; }, 1600);
  });
  return button;
}
