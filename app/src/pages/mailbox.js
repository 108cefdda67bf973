// The mailbox: a list that can be narrowed down and goes on, each letter to open.

import { el, time } from "./elements.js";
import { ask, button, open } from "./session.js";

const KINDS = { "booking-confirmed": "good", "booking-failed": "bad", "booking-cancelled": "warn" };
const FILTERS = ["to", "kind", "bookingId"];

/** What is asked for stands in the address of the page, so that it can be kept and gone back to. */
const wanted = () => new URLSearchParams([...new URLSearchParams(location.search)].filter(([, value]) => value));

function filters(search) {
  const asked = wanted();
  const kinds = ["", ...Object.keys(KINDS)].map((kind) =>
    el("option", { value: kind, selected: kind === (asked.get("kind") ?? "") }, kind || "any"));
  const form = el("form", { role: "search" },
    el("label", {}, "To, or a part of it", el("input", { name: "to", type: "search", maxlength: 254, value: asked.get("to") ?? "" })),
    el("label", {}, "About", el("select", { name: "kind" }, kinds)),
    el("label", {}, "Booking", el("input", { name: "bookingId", type: "search", value: asked.get("bookingId") ?? "" })),
    el("button", { class: "first" }, "Search"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams(FILTERS.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value));
    history.pushState(null, "", query.size ? `?${query}` : location.pathname);
    search();
  });
  return form;
}

function letter({ to, kind, subject, body, sentAt, bookingId }) {
  return el("li", {}, el("details", {},
    el("summary", { class: "one" },
      el("span", {}, el("strong", {}, subject)),
      el("span", { class: "end faint" }, time(sentAt)),
      el("span", { class: "faint" }, to),
      el("span", { class: "end" }, el("span", { class: `chip ${KINDS[kind] ?? ""}` }, kind))),
    el("div", { class: "inside" },
      el("pre", {}, body),
      el("p", { class: "more" }, el("a", { href: `/operators/bookings/${bookingId}` }, "What happened to this booking")))));
}

open(async (run) => {
  const list = el("ol", { class: "list" });
  const count = el("p", { class: "faint", role: "status" });
  const more = el("div");

  const page = async (path) => {
    const { body, next } = await ask(path);
    list.append(...body.map(letter));
    const shown = list.children.length;
    count.textContent = shown ? `${shown}${next ? " newest" : ""} letter${shown === 1 ? "" : "s"}` : "No letter is like that.";
    more.replaceChildren(...(next ? [button("Older letters", () => run(() => page(next)))] : []));
  };
  const search = async () => {
    list.replaceChildren();
    const query = wanted();
    query.set("limit", "25");
    await page(`/api/v1/mailbox?${query}`);
  };
  const show = () => {
    document.getElementById("content").replaceChildren(filters(() => run(search)), count, list, more);
    return search();
  };
  window.onpopstate = () => run(show);
  await show();
});
