// Elements from data. Text only ever becomes a text node: there is no way from here to markup.

const svgNamespace = "http://www.w3.org/2000/svg";

/** An HTML element. Attributes that begin with "on" are listeners, "vars" sets custom properties, true and false add and leave out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

/** Puts these children in place of what an element holds. */
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(present).map(node));
  return element;
}

/** Calls back once, before the next frame, however often it is asked to. */
export function onceAFrame(callback) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; callback(); });
  };
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "vars") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter(present).map(node));
  return element;
}

const present = child => child !== undefined && child !== null && child !== false;
const node = child => child instanceof Node ? child : document.createTextNode(String(child));
