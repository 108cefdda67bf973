// One booking: its data, its trail and its timeline. Without an id: the latest bookings.

import { duration, el, micros, money, time } from "./elements.js";
import { graph } from "./graph.js";
import { button, fetchJson, open } from "./session.js";

const STYLES = { CONFIRMED: "good", FAILED: "bad", EXPIRED: "bad", CANCELLED: "warn" };

const content = document.getElementById("content");
const id = location.pathname.split("/")[3];

function search() {
  const form = el("form", { role: "search" },
    el("label", {}, "Booking id", el("input", { name: "id", required: true, spellcheck: "false", autocomplete: "off", value: id ?? "" })),
    el("button", { class: "first" }, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`/operators/bookings/${encodeURIComponent(form.elements.id.value.trim())}`);
  });
  return form;
}

const chip = (status) => el("span", { class: `chip ${STYLES[status] ?? ""}` }, status);

function latest(bookings) {
  if (!bookings.length) return [el("p", {}, "No bookings yet.")];
  const rows = bookings.map(({ id, status, total, currency, userId, createdAt }) =>
    el("li", {}, el("a", { class: "row one", href: `/operators/bookings/${id}` },
      el("span", { class: "id" }, id), el("span", { class: "end" }, chip(status)),
      el("span", { class: "faint" }, `customer ${userId}, ${money(total, currency)}`),
      el("span", { class: "end faint" }, time(createdAt)))));
  return [el("h2", {}, "Latest bookings"), el("ol", { class: "list" }, rows)];
}

function facts(booking) {
  const { status, reason, refund, userId, total, currency, lines, tickets, createdAt } = booking;
  const fact = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
  return el("section", { class: "card" },
    el("dl", { class: "facts" },
      fact("Status", chip(status), reason && reason !== status.toLowerCase() ? ` ${reason}` : ""),
      fact("Placed", time(createdAt)),
      fact("Customer", `${userId}`),
      fact("Total", money(total, currency)),
      fact("Lines", lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(", ")),
      fact("Tickets", `${tickets.length}`),
      fact("Refund", refund),
      fact("Notifications", el("a", { href: `/operators/mailbox?bookingId=${booking.id}` }, "in the mailbox"))));
}

function timeline({ timeline: entries, createdAt }) {
  const start = micros(createdAt);
  const rows = entries.map(({ at, state, by, note }) => el("tr", {},
    el("td", { class: "number" }, el("time", { datetime: at, title: at }, `+${duration(Math.max(0, micros(at) - start))}`)),
    el("td", {}, state), el("td", {}, by), el("td", {}, note ?? "")));
  const head = ["After", "State", "By", "Note"].map((name) => el("th", { scope: "col" }, name));
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
}

async function showBooking(run) {
  const path = `/api/v1/bookings/${encodeURIComponent(id)}`;
  const [booking, messages] = await Promise.all([fetchJson(path), fetchJson(`${path}/messages`)]);
  content.replaceChildren(
    search(),
    facts(booking.body),
    el("h2", {}, "Booking trail"),
    ...graph(messages.body),
    el("h2", {}, "Timeline shown to the customer"),
    timeline(booking.body),
    el("p"),
    button("Refresh", () => run(() => showBooking(run))));
}

open(async (run) => {
  if (id) {
    content.replaceChildren(search());
    content.hidden = false;
    await showBooking(run);
  } else {
    content.replaceChildren(search(), ...latest((await fetchJson("/api/v1/bookings?limit=20")).body));
  }
});
