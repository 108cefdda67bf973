// The picture of what was said about a booking: a row of words for each message, and beside them a column of dots for each
// service, joined from cause to effect. Everything that the picture shows stands in the words as well.

import { el, micros, span } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";

/** Colors that there are; further services begin again. */
const COLORS = 6;

const STATES = {
  heard: ["✓", "good", () => ""],
  pending: ["…", "faint", () => " on its way"],
  waiting: ["↻", "warn", ({ attempts }) => ` failed ${attempts} times, is tried again`],
  behind: ["‖", "warn", () => " waits for an earlier message"],
  dead: ["✕", "bad", ({ attempts }) => (attempts ? ` gave up after ${attempts} tries` : " gave up")],
  dropped: ["✕", "warn", ({ reason }) => ` never hears it: an operator gave it up (${reason})`],
};

const short = (kind) => kind.replace(/Event$/, "");

/** Everything about what was said: a legend, and the list with its picture. */
export function graph(messages) {
  if (!messages.length) return [el("p", {}, "Nothing that was said about it is kept any more.")];
  const sources = [...new Set(messages.map(({ source }) => source))];
  const lane = (source) => `lane-${sources.indexOf(source) % COLORS}`;
  const known = new Map(messages.map((message) => [message.id, message]));
  const start = micros(messages[0].saidAt);

  const legend = el("ul", { class: "legend" }, sources.map((source) => el("li", { class: lane(source) }, source)));
  const rows = messages.flatMap((message, at) => {
    const before = at ? micros(messages[at - 1].saidAt) : start;
    const pause = micros(message.saidAt) - before;
    const gap = pause >= 1e6 ? [el("li", { class: "gap" }, `${span(pause)} later`)] : [];
    return [...gap, row(message, known.get(message.cause), start, lane(message.source))];
  });
  const list = el("ol", { class: "list" }, rows);
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("aria-hidden", "true");
  const box = el("div", { class: `graph lanes-${Math.min(sources.length, COLORS)}` }, list, picture);
  new ResizeObserver(() => draw(picture, messages, sources, lane)).observe(list);
  lookAt(box);
  return [legend, box];
}

function row(message, cause, start, lane) {
  const { id, kind, source, position, saidAt, actor, correlation, body, heardBy } = message;
  const stuck = heardBy.filter(({ state }) => state !== "heard" && state !== "pending");
  const because = cause
    ? `because of ${short(cause.kind)}, ${span(Math.max(0, micros(saidAt) - micros(cause.saidAt)))} before`
    : message.cause ? "because of a message that is not kept any more" : `asked for by ${actor}`;
  return el("li", { id: `m-${id}`, class: lane, "data-cause": cause?.id }, el("details", {},
    el("summary", {},
      el("span", {}, el("span", { class: "kind" }, short(kind)), " ", el("span", { class: "source" }, source)),
      el("span", { class: "end number" }, `+${span(micros(saidAt) - start)}`),
      el("span", { class: "cause" }, because),
      el("span", { class: "heard" }, heardBy.map(hearing)),
      stuck.length ? el("span", { class: "heard" }, stuck.map((hearing) => trouble(hearing, message))) : null),
    el("div", { class: "inside" },
      el("p", { class: "faint" }, `${source} ${position}, by ${actor}, ${saidAt}`, el("br"), "message ", el("span", { class: "id" }, id),
        el("br"), "errand ", el("span", { class: "id" }, correlation)),
      el("pre", {}, JSON.stringify(body, null, 2)))));
}

function hearing(heard) {
  const [sign, look, words] = STATES[heard.state] ?? ["?", "warn", () => ` ${heard.state}`];
  return el("span", { class: look }, `${sign} ${heard.service}${words(heard)}`);
}

/** Why it is stuck, and what an operator can do about it. */
function trouble({ service, state, error, dueAt }, { source, position }) {
  const due = dueAt ? ` Next try: ${dueAt}.` : "";
  const help = state === "dead" ? el("code", {}, `boxoffice dead-letters replay ${service}/${source}/${position}`) : null;
  return el("span", { class: `stuck ${state === "dead" ? "bad" : "warn"}` }, `${service}: ${error ?? "no reason given"}.${due} `, help);
}

/** Draws the dots and lines beside the rows as they stand. */
function draw(picture, messages, sources, lane) {
  const list = picture.previousSibling;
  const places = new Map();
  const columns = Math.min(sources.length, COLORS);
  const width = parseFloat(getComputedStyle(list.querySelector("summary")).paddingLeft);
  const step = width / (columns + 0.8);
  for (const { id, source } of messages) {
    const summary = document.getElementById(`m-${id}`).querySelector("summary");
    const top = summary.getBoundingClientRect().top - list.parentElement.getBoundingClientRect().top;
    places.set(id, { x: step * ((sources.indexOf(source) % COLORS) + 0.8), y: top + 24 });
  }
  picture.setAttribute("width", width);
  const lines = messages.filter(({ cause }) => places.has(cause)).map(({ id, cause }) => {
    const [from, to] = [places.get(cause), places.get(id)];
    const bend = Math.min(12, Math.abs(to.x - from.x), to.y - from.y) * Math.sign(to.x - from.x);
    const line = shape("path", { d: `M${from.x} ${from.y}V${to.y - Math.abs(bend)}q0 ${Math.abs(bend)} ${bend} ${Math.abs(bend)}H${to.x}` });
    line.setAttribute("class", lane(messages.find((message) => message.id === cause).source));
    line.dataset.from = cause;
    line.dataset.to = id;
    return line;
  });
  const dots = messages.map(({ id, source }) => {
    const { x, y } = places.get(id);
    return shape("circle", { cx: x, cy: y, r: 6.5, class: lane(source) });
  });
  picture.replaceChildren(...lines, ...dots);
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Whatever row is looked at shows what it follows from and what follows from it. */
function lookAt(box) {
  const look = (event) => {
    const id = event.target.closest("li[id]")?.id.slice(2);
    box.classList.toggle("looking", Boolean(id));
    for (const line of box.querySelectorAll("path")) {
      line.classList.toggle("near", line.dataset.from === id || line.dataset.to === id);
    }
  };
  const leave = () => box.classList.remove("looking");
  for (const kind of ["mouseover", "focusin"]) box.addEventListener(kind, look);
  for (const kind of ["mouseleave", "focusout"]) box.addEventListener(kind, leave);
}
