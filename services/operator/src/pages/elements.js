// Functions that every page uses: create elements, format times, durations and amounts.

/** Creates an element with attributes and children. A string becomes a text node, never markup. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A time in the browser's time zone, with the exact time as its title. */
export function time(at) {
  return el("time", { datetime: at, title: at }, FORMAT.format(new Date(at)));
}

/** Microseconds since 1970. A Date has milliseconds only. */
export function micros(at) {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  const seconds = Math.floor(Date.parse(at) / 1000);
  return seconds * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

const UNITS = [["d", 86_400e6], ["h", 3600e6], ["min", 60e6], ["s", 1e6]];

/** Formats a duration in microseconds, with at most two units. */
export function duration(length) {
  if (length < 1) return "0 ms";
  if (length < 1e6) return `${(length / 1e3).toFixed(length < 1e4 ? 1 : 0)} ms`;
  const first = UNITS.findIndex(([, size]) => length >= size);
  const [unit, size] = UNITS[first];
  if (unit === "s") return `${(length / size).toFixed(2)} s`;
  const [smaller, step] = UNITS[first + 1];
  const rest = Math.floor((length % size) / step);
  return `${Math.floor(length / size)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
}

/** Formats an amount in the browser's locale. */
export function money(amount, currency) {
  return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
}
