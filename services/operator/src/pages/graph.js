// The trail of a booking: a list with an entry for each message, and beside it a graph with a lane of dots for each
// service, joined from cause to effect. The list contains everything that the graph shows.

import { duration, el, micros } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";

/** Number of lane colors; the seventh service has the color of the first. */
const COLORS = 6;

/** Sign, style and description of each delivery state. */
const STATES = {
  "consumed": ["✓", "good", () => ""],
  "pending": ["…", "faint", () => " pending"],
  "deferred": ["↻", "warn", ({ attempts }) => ` deferred after ${attempts} attempts`],
  "blocked": ["‖", "warn", () => " blocked by an earlier message"],
  "dead-lettered": ["✕", "bad", ({ attempts }) => (attempts ? ` dead-lettered after ${attempts} attempts` : " dead-lettered")],
  "discarded": ["✕", "warn", ({ reason }) => ` discarded by an operator (${reason})`],
};

const short = (kind) => kind.replace(/Event$/, "");

/** A legend, and the list of messages with its graph. */
export function graph(messages) {
  if (!messages.length) return [el("p", {}, "The messages of this booking are no longer retained.")];
  const sources = [...new Set(messages.map(({ source }) => source))];
  const lane = (source) => `lane-${sources.indexOf(source) % COLORS}`;
  const known = new Map(messages.map((message) => [message.id, message]));
  const start = micros(messages[0].publishedAt);

  const legend = el("ul", { class: "legend" }, sources.map((source) => el("li", { class: lane(source) }, source)));
  const rows = messages.flatMap((message, index) => {
    const previous = index ? micros(messages[index - 1].publishedAt) : start;
    const pause = micros(message.publishedAt) - previous;
    const gap = pause >= 1e6 ? [el("li", { class: "gap" }, `${duration(pause)} later`)] : [];
    return [...gap, row(message, known.get(message.causationId), start, lane(message.source))];
  });
  const list = el("ol", { class: "list" }, rows);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("aria-hidden", "true");
  const box = el("div", { class: `graph lanes-${Math.min(sources.length, COLORS)}` }, list, picture);
  new ResizeObserver(() => draw(picture, messages, sources, lane)).observe(list);
  highlightOnFocus(box);
  return [legend, box];
}

function row(message, cause, start, lane) {
  const { id, kind, source, position, publishedAt, actor, correlationId, causationId, body, consumedBy } = message;
  const failed = consumedBy.filter(({ state }) => state !== "consumed" && state !== "pending");
  const origin = cause
    ? `caused by ${short(cause.kind)}, ${duration(Math.max(0, micros(publishedAt) - micros(cause.publishedAt)))} earlier`
    : causationId ? "caused by a message that is no longer retained" : `requested by ${actor}`;
  return el("li", { id: `m-${id}`, class: lane, "data-cause": cause?.id }, el("details", {},
    el("summary", {},
      el("span", {}, el("span", { class: "kind" }, short(kind)), " ", el("span", { class: "source" }, source)),
      el("span", { class: "end number" }, `+${duration(micros(publishedAt) - start)}`),
      el("span", { class: "cause" }, origin),
      el("span", { class: "consumers" }, consumedBy.map(consumer)),
      failed.length ? el("span", { class: "consumers" }, failed.map((state) => failure(state, message))) : null),
    el("div", { class: "details" },
      el("p", { class: "faint" }, `${source} ${position}, by ${actor}, ${publishedAt}`, el("br"), "message ", el("span", { class: "id" }, id),
        el("br"), "correlation ", el("span", { class: "id" }, correlationId)),
      el("pre", {}, JSON.stringify(body, null, 2)))));
}

function consumer(delivery) {
  const [sign, style, describe] = STATES[delivery.state] ?? ["?", "warn", () => ` ${delivery.state}`];
  return el("span", { class: style }, `${sign} ${delivery.service}${describe(delivery)}`);
}

/** Why a delivery failed, and the command with which an operator replays it. */
function failure({ service, state, error, dueAt }, { source, position }) {
  const isDead = state === "dead-lettered";
  const due = dueAt ? ` Next attempt: ${dueAt}.` : "";
  const help = isDead ? el("code", {}, `boxoffice dead-letters replay ${service}/${source}/${position}`) : null;
  return el("span", { class: `failure ${isDead ? "bad" : "warn"}` }, `${service}: ${error ?? "no error reported"}.${due} `, help);
}

/** Draws dots and lines at the present positions of the rows. */
function draw(picture, messages, sources, lane) {
  const list = picture.previousSibling;
  const dots = new Map();
  const columns = Math.min(sources.length, COLORS);
  const width = parseFloat(getComputedStyle(list.querySelector("summary")).paddingLeft);
  const step = width / (columns + 0.8);
  for (const { id, source } of messages) {
    const summary = document.getElementById(`m-${id}`).querySelector("summary");
    const top = summary.getBoundingClientRect().top - list.parentElement.getBoundingClientRect().top;
    dots.set(id, { x: step * ((sources.indexOf(source) % COLORS) + 0.8), y: top + 24 });
  }
  picture.setAttribute("width", width);
  const lines = messages.filter(({ causationId }) => dots.has(causationId)).map(({ id, causationId }) => {
    const [from, to] = [dots.get(causationId), dots.get(id)];
    const bend = Math.min(12, Math.abs(to.x - from.x), to.y - from.y) * Math.sign(to.x - from.x);
    const line = shape("path", { d: `M${from.x} ${from.y}V${to.y - Math.abs(bend)}q0 ${Math.abs(bend)} ${bend} ${Math.abs(bend)}H${to.x}` });
    line.setAttribute("class", lane(messages.find((message) => message.id === causationId).source));
    line.dataset.from = causationId;
    line.dataset.to = id;
    return line;
  });
  const circles = messages.map(({ id, source }) => {
    const { x, y } = dots.get(id);
    return shape("circle", { cx: x, cy: y, r: 6.5, class: lane(source) });
  });
  picture.replaceChildren(...lines, ...circles);
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Highlights the lines to the cause and to the effects of the row under the pointer or with the focus. */
function highlightOnFocus(box) {
  const highlight = (event) => {
    const id = event.target.closest("li[id]")?.id.slice(2);
    box.classList.toggle("highlighting", Boolean(id));
    for (const line of box.querySelectorAll("path")) {
      line.classList.toggle("highlighted", line.dataset.from === id || line.dataset.to === id);
    }
  };
  const reset = () => box.classList.remove("highlighting");
  for (const type of ["mouseover", "focusin"]) box.addEventListener(type, highlight);
  for (const type of ["mouseleave", "focusout"]) box.addEventListener(type, reset);
}
