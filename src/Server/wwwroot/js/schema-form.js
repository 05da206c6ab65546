// A form from the JSON Schema of a plug-in's options. Only what differs from the default goes into the value, so that the request stays short.

import { h } from "./dom.js";
import { field } from "./parts.js";

/**
 * @param {object} schema the plug-in's schema: an object whose property "name" is a constant
 * @param {object} value changed in place
 * @param {() => void} changed called after each change
 */
export function schemaForm(schema, value, changed) {
  const properties = Object.entries(schema.properties).filter(([name]) => name !== "name");
  if (properties.length === 0) return h("p", { class: "muted small" }, "Nothing to set.");
  return h("div", { class: "fields" }, properties.map(([name, property]) => field(name, control(name, property), property.description)));

  function control(name, property) {
    const types = [property.type].flat(), required = schema.required?.includes(name);
    const set = next => {
      if (next === undefined || (next === (property.default ?? null) && !required)) delete value[name];
      else value[name] = next;
      changed();
    };
    if (property.enum) return choice(property, types.includes("null"), value[name], set);
    if (types.includes("boolean")) return toggle(property, value[name], set);
    if (types.includes("integer") || types.includes("number")) return number(property, types, value[name], set);
    if (types.includes("string")) return text(property, value[name], set);
    return json(property, value[name], set);
  }
}

function choice(property, optional, current, set) {
  const shown = current ?? property.default ?? "";
  return h("select", { onchange: event => set(event.target.value === "" ? null : event.target.value) },
    optional && h("option", { value: "", selected: shown === "" }, "none"),
    property.enum.filter(option => option !== null).map(option => h("option", { value: option, selected: option === shown }, option)));
}

function toggle(property, current, set) {
  const input = h("input", { type: "checkbox", onchange: event => set(event.target.checked) });
  input.checked = current ?? property.default ?? false;
  return input;
}

function number(property, types, current, set) {
  const input = h("input", {
    type: "number", min: property.minimum, max: property.maximum, step: types.includes("integer") ? 1 : "any",
    placeholder: types.includes("null") ? "automatic" : property.default, value: current ?? property.default ?? "",
  });
  input.addEventListener("input", () => {
    // What does not fit is not sent: the browser says what is wrong with it.
    if (!input.checkValidity()) input.reportValidity();
    else set(input.value === "" ? (types.includes("null") ? null : undefined) : input.valueAsNumber);
  });
  return input;
}

function text(property, current, set) {
  const long = (property.default ?? "").includes("\n");
  return h(long ? "textarea" : "input", { type: long ? null : "text", rows: long ? 2 : null, value: current ?? property.default ?? "", oninput: event => set(event.target.value) });
}

function json(property, current, set) {
  const area = h("textarea", { rows: 3, class: "code", value: current === undefined ? "" : JSON.stringify(current, null, 1) });
  area.addEventListener("input", () => {
    try {
      area.setCustomValidity("");
      set(area.value.trim() === "" ? undefined : JSON.parse(area.value));
    } catch {
      area.setCustomValidity("This is not JSON yet.");
    }
  });
  return area;
}
