// A text with each token coloured by its surprisal. The pointer or the arrow keys choose a token, whose numbers stand below.

import { h } from "./dom.js";
import { duration, fixed, probability } from "./format.js";

const bitsOf = token => token.logprob === undefined || token.logprob === null ? null : Math.max(0, -token.logprob / Math.LN2);

// Surprisal in bits from which a token gets the next colour: half a bit is a choice of 0.7, 3 bits one of 0.125.
const steps = [0.15, 0.5, 1, 2, 4];

/** @param {(index: number|null) => void} [chosen] told which token is looked at */
export function tokenText(candidate, chosen) {
  const spans = [];
  const details = h("p", { class: "token-details", "aria-live": "polite" });
  let active = -1;
  const body = h("div", { class: "tokens", tabindex: 0, role: "group", "aria-label": `Tokens of candidate ${candidate.index}; arrow keys move between them` },
    candidate.inherited && h("span", { class: "inherited" }, candidate.inherited),
    candidate.tokens.map((token, i) => {
      const bits = bitsOf(token);
      const span = h("span", { class: `token ${token.inherited ? "inherited " : ""}${token.forced ? "forced" : bits === null ? "" : `s${steps.filter(step => bits >= step).length}`}` }, token.text);
      span.dataset.index = i;
      spans.push(span);
      return span;
    }));
  body.addEventListener("pointerover", event => { if (event.target.dataset.index) look(Number(event.target.dataset.index)); });
  body.addEventListener("keydown", event => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[event.key];
    if (by === undefined || spans.length === 0) return;
    event.preventDefault();
    look(Math.min(spans.length - 1, Math.max(0, active + by)));
  });
  return h("div", null, body, details);

  function look(index) {
    spans[active]?.classList.remove("active");
    active = index;
    spans[active].classList.add("active");
    details.textContent = describe(candidate.tokens[active], active);
    chosen?.(active);
  }
}

export const surprisalLegend = () => h("p", { class: "legend small muted" }, "Surprisal in bits ",
  ["0", ...steps.map(String)].map((from, i) => h("span", { class: `token s${i}` }, i === steps.length ? `${from} +` : from)),
  " Point at a token for its numbers, or move with the arrow keys.");

function describe(token, index) {
  if (token.forced) return `#${index} Written by a strategy`;
  const bits = bitsOf(token);
  return [
    `#${index} ${JSON.stringify(token.text)}`,
    bits !== null && `surprisal ${fixed(bits)} bits (${probability(token.logprob)})`,
    typeof token.entropy === "number" && `entropy ${fixed(token.entropy)} nats`,
    typeof token.value === "number" && `process reward ${fixed(token.value)}`,
    typeof token.elapsedMs === "number" && `after ${duration(token.elapsedMs)}`,
  ].filter(Boolean).join(" · ");
}
