// The API key, where the server asks for one. It is kept for this tab alone and goes to this server alone.

import { h, replace } from "./dom.js";

const name = "api-key";

export const currentKey = () => sessionStorage.getItem(name);

let asking = null;

/** Asks for a key; true when one was given. Requests that fail at the same time share one question. */
export function askForKey(reason) {
  asking ??= ask(reason).finally(() => { asking = null; });
  return asking;
}

function ask(reason) {
  const dialog = document.getElementById("dialog");
  const input = h("input", { type: "password", name: "key", autocomplete: "off", required: true, "aria-label": "API key" });
  return new Promise(resolve => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "use" && input.value.trim() !== "";
      if (given) sessionStorage.setItem(name, input.value.trim());
      resolve(given);
    }, { once: true });
    dialog.returnValue = "";
    replace(dialog, h("form", { class: "stack", method: "dialog", onsubmit: event => { event.preventDefault(); dialog.close("use"); } },
      h("h2", { id: "dialog-title" }, "This server asks for an API key"),
      h("p", { class: "muted" }, reason),
      input,
      h("p", { class: "muted small" }, "It is kept until this tab is closed."),
      h("div", { class: "row end" },
        h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"),
        h("button", { type: "submit", class: "primary" }, "Use it"))));
    dialog.showModal();
  });
}
