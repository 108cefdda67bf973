// The mailbox: a filtered, paginated list of notifications.

import { el, time } from "./elements.js";
import { button, fetchJson, open } from "./session.js";

const KINDS = { "booking-confirmed": "good", "booking-failed": "bad", "booking-cancelled": "warn" };
const FILTERS = ["to", "kind", "bookingId"];

/** The filters are part of the page's address, so that bookmarks and the back button work. */
const query = () => new URLSearchParams([...new URLSearchParams(location.search)].filter(([, value]) => value));

function filters(search) {
  const current = query();
  const kinds = ["", ...Object.keys(KINDS)].map((kind) =>
    el("option", { value: kind, selected: kind === (current.get("kind") ?? "") }, kind || "any"));
  const form = el("form", { role: "search" },
    el("label", {}, "Recipient contains", el("input", { name: "to", type: "search", maxlength: 254, value: current.get("to") ?? "" })),
    el("label", {}, "Kind", el("select", { name: "kind" }, kinds)),
    el("label", {}, "Booking", el("input", { name: "bookingId", type: "search", value: current.get("bookingId") ?? "" })),
    el("button", { class: "first" }, "Search"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new URLSearchParams(FILTERS.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value));
    history.pushState(null, "", chosen.size ? `?${chosen}` : location.pathname);
    search();
  });
  return form;
}

function notification({ to, kind, subject, body, sentAt, bookingId }) {
  return el("li", {}, el("details", {},
    el("summary", { class: "one" },
      el("span", {}, el("strong", {}, subject)),
      el("span", { class: "end faint" }, time(sentAt)),
      el("span", { class: "faint" }, to),
      el("span", { class: "end" }, el("span", { class: `chip ${KINDS[kind] ?? ""}` }, kind))),
    el("div", { class: "details" },
      el("pre", {}, body),
      el("p", { class: "more" }, el("a", { href: `/operators/bookings/${bookingId}` }, "Booking trail")))));
}

open(async (run) => {
  const list = el("ol", { class: "list" });
  const count = el("p", { class: "faint", role: "status" });
  const more = el("div");

  const page = async (path) => {
    const { body, next } = await fetchJson(path);
    list.append(...body.map(notification));
    const shown = list.children.length;
    count.textContent = shown ? `${shown}${next ? " newest" : ""} notification${shown === 1 ? "" : "s"}` : "No notification matches.";
    more.replaceChildren(...(next ? [button("Older notifications", () => run(() => page(next)))] : []));
  };
  const search = async () => {
    list.replaceChildren();
    const parameters = query();
    parameters.set("limit", "25");
    await page(`/api/v1/mailbox?${parameters}`);
  };
  const show = () => {
    document.getElementById("content").replaceChildren(filters(() => run(search)), count, list, more);
    return search();
  };
  window.onpopstate = () => run(show);
  await show();
});
