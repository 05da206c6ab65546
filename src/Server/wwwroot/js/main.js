// The page's frame: theme switch, the model's name, and the views.

import { get } from "./api.js";
import { short } from "./format.js";
import { start } from "./router.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const themeButton = document.getElementById("theme");

const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

function label() {
  const other = theme() === "dark" ? "light" : "dark";
  themeButton.textContent = other === "dark" ? "◐ Dark" : "◐ Light";
  themeButton.setAttribute("aria-label", `Switch to the ${other} theme`);
}

themeButton.addEventListener("click", () => {
  const chosen = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
  label();
});
dark.addEventListener("change", label);
label();

start();

get("/v1/models").then(({ data: [model] }) => {
  document.getElementById("served").textContent = `Serves ${model.id}, ${short(model.parameters)} parameters, ${model.weights} weights`;
}, () => { });
