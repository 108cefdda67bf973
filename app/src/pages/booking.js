// One booking: what it is, what was said about it, and its own timeline. Without an id: the latest ones.

import { el, micros, money, span, time } from "./elements.js";
import { graph } from "./graph.js";
import { ask, button, open } from "./session.js";

const ENDS = { CONFIRMED: "good", FAILED: "bad", EXPIRED: "bad", CANCELLED: "warn" };

const content = document.getElementById("content");
const id = location.pathname.split("/")[3];

function finder() {
  const form = el("form", { role: "search" },
    el("label", {}, "The booking's id", el("input", { name: "id", required: true, spellcheck: "false", autocomplete: "off", value: id ?? "" })),
    el("button", { class: "first" }, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`/operators/bookings/${encodeURIComponent(form.elements.id.value.trim())}`);
  });
  return form;
}

const chip = (status) => el("span", { class: `chip ${ENDS[status] ?? ""}` }, status);

function latest(bookings) {
  if (!bookings.length) return [el("p", {}, "There is no booking yet.")];
  const rows = bookings.map(({ id, status, total, currency, userId, createdAt }) =>
    el("li", {}, el("a", { class: "row one", href: `/operators/bookings/${id}` },
      el("span", { class: "id" }, id), el("span", { class: "end" }, chip(status)),
      el("span", { class: "faint" }, `customer ${userId}, ${money(total, currency)}`),
      el("span", { class: "end faint" }, time(createdAt)))));
  return [el("h2", {}, "The latest"), el("ol", { class: "list" }, rows)];
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
      fact("Letters", el("a", { href: `/operators/mailbox?bookingId=${booking.id}` }, "in the mailbox"))));
}

function timeline({ timeline: entries, createdAt }) {
  const start = micros(createdAt);
  const rows = entries.map(({ at, state, by, note }) => el("tr", {},
    el("td", { class: "number" }, el("time", { datetime: at, title: at }, `+${span(Math.max(0, micros(at) - start))}`)),
    el("td", {}, state), el("td", {}, by), el("td", {}, note ?? "")));
  const head = ["After", "State", "By", "Note"].map((name) => el("th", { scope: "col" }, name));
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
}

async function one(run) {
  const path = `/api/v1/bookings/${encodeURIComponent(id)}`;
  const [booking, messages] = await Promise.all([ask(path), ask(`${path}/messages`)]);
  content.replaceChildren(
    finder(),
    facts(booking.body),
    el("h2", {}, "Who said what, because of what"),
    ...graph(messages.body),
    el("h2", {}, "The timeline that the customer sees"),
    timeline(booking.body),
    el("p"),
    button("Look again", () => run(() => one(run))));
}

open(async (run) => {
  if (id) {
    content.replaceChildren(finder());
    content.hidden = false;
    await one(run);
  } else {
    content.replaceChildren(finder(), ...latest((await ask("/api/v1/bookings?limit=20")).body));
  }
});
