// What is asked: a conversation, or a text to continue.

import { h, replace } from "../dom.js";
import { examples } from "./examples.js";

export function questionBox(request, changed) {
  const body = h("div", { class: "stack" });
  draw();
  return h("fieldset", { class: "question" },
    h("legend", null, "Question"),
    h("div", { class: "row between" },
      h("div", { class: "chips", role: "group", "aria-label": "Examples" }, examples.map(([name, text]) =>
        h("button", { type: "button", class: "chip", onclick: () => put(text) }, name)))),
    body,
    h("label", { class: "check small" }, h("input", { type: "checkbox", checked: request.prompt !== undefined, onchange: event => mode(event.target.checked) }), "Raw prompt, without the chat template"));

  function draw(focus) {
    if (request.prompt !== undefined) {
      replace(body, area("Prompt", request.prompt, text => { request.prompt = text; }));
      return;
    }
    replace(body,
      request.messages.map((message, index) => h("div", { class: "message" },
        request.messages.length > 1 && h("div", { class: "row between" },
          h("select", { class: "small", "aria-label": `Role of message ${index + 1}`, onchange: event => { message.role = event.target.value; changed(); } },
            ["system", "user", "assistant"].map(role => h("option", { value: role, selected: role === message.role }, role))),
          h("button", { type: "button", class: "icon", "aria-label": `Remove message ${index + 1}`, onclick: () => { request.messages.splice(index, 1); draw(); changed(); } }, "×")),
        area(`Message ${index + 1}`, message.content, text => { message.content = text; }))),
      h("button", { type: "button", class: "quiet small start", onclick: () => { request.messages.push({ role: request.messages.at(-1).role === "user" ? "assistant" : "user", content: "" }); draw(true); changed(); } }, "Add a message"));
    if (focus) body.querySelector(".message:last-of-type textarea")?.focus();
  }

  function area(label, text, set) {
    return h("textarea", { rows: 4, "aria-label": label, required: true, placeholder: "A word problem, for instance", value: text, oninput: event => { set(event.target.value); changed(); } });
  }

  function put(text) {
    if (request.prompt !== undefined) request.prompt = text;
    else request.messages.at(-1).content = text;
    draw();
    changed();
    body.querySelector("textarea:last-of-type").focus();
  }

  function mode(raw) {
    if (raw) Object.assign(request, { prompt: request.messages.at(-1).content, messages: undefined });
    else Object.assign(request, { messages: [{ role: "user", content: request.prompt }], prompt: undefined });
    draw();
    changed();
  }
}
