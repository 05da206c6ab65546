// The handbooks, and a form for a new one.

import { get, send } from "../api.js";
import { h, replace } from "../dom.js";
import { integer } from "../format.js";
import { empty, field, heading, problem, table } from "../parts.js";

export const title = "Handbooks";

export async function show({ root, signal }) {
  const place = h("div", { class: "sheet" }), result = h("div");
  const name = h("input", { type: "text", required: true, placeholder: "arithmetic" });
  replace(root,
    heading("Handbooks", "Lists of behaviours: named hints that the strategy handbook puts before a question. Of those it retrieves, each can be shown or withheld by chance, so that its effect is measured."),
    place,
    h("form", { class: "filters", onsubmit: event => { event.preventDefault(); create(); } }, field("New handbook", name), h("button", { type: "submit" }, "Create")), result);
  try {
    const { handbooks } = await get("/api/handbooks", signal);
    replace(place, handbooks.length === 0 ? empty("No handbooks yet. Create one below, or import one: PUT /api/handbooks/NAME takes samples/handbook.json.")
      : table([{ name: "Name" }, { name: "Version", number: true }, { name: "In use", number: true }, { name: "Retired", number: true }], handbooks.map(handbook => [
        h("a", { href: address(handbook.name) }, handbook.name), integer(handbook.version), integer(handbook.active), integer(handbook.retired)])));
  } catch (error) {
    if (!signal.aborted) replace(place, problem(error));
  }

  async function create() {
    try {
      // Version 0: only if there is none of this name.
      await send("PUT", `/api/handbooks/${encodeURIComponent(name.value.trim())}`, { behaviours: [], if_version: 0 }, signal);
      location.hash = address(name.value.trim());
    } catch (error) {
      if (!signal.aborted) replace(result, problem(error));
    }
  }
}

const address = name => `#/handbooks/${encodeURIComponent(name)}`;
