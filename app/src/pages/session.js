// The token of whoever looks at a page. It is kept for this tab alone and sent to nobody but the server that the page is
// from.

import { el } from "./elements.js";

const KEY = "boxoffice.token";

/** What the server refused, as it says it (RFC 9457). */
class Refused extends Error {
  constructor(status, problem) {
    super([problem.title ?? `Status ${status}`, problem.detail].filter(Boolean).join(": "));
    this.status = status;
  }
}

/** What is at `path`, and where its list goes on. */
export async function ask(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}` } });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  const next = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
  return { body: await answer.json(), next };
}

/** Runs `show` with a token: asks for one first, and again when it is not good. Says what went wrong. */
export function open(show) {
  const [form, content, forget] = ["sign-in", "content", "forget"].map((id) => document.getElementById(id));
  const trouble = document.getElementById("trouble");

  const want = (why) => {
    sessionStorage.removeItem(KEY);
    tell(why);
    [form.hidden, content.hidden, forget.hidden] = [false, true, true];
    form.elements.token.focus();
  };
  const tell = (text, again) => {
    trouble.replaceChildren(...(text ? [text, ...(again ? [" ", button("Try again", again)] : [])] : []));
    trouble.hidden = !text;
  };
  const run = async (what) => {
    tell();
    document.body.setAttribute("aria-busy", "true");
    try {
      await what();
      [form.hidden, content.hidden, forget.hidden] = [true, false, false];
    } catch (error) {
      if (error.status === 401 || error.status === 403) want(error.message);
      else tell(error instanceof Refused ? error.message : `The server does not answer: ${error.message}`, () => run(what));
    } finally {
      document.body.removeAttribute("aria-busy");
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, form.elements.token.value.trim());
    form.reset();
    run(() => show(run));
  });
  forget.addEventListener("click", () => {
    content.replaceChildren();
    want();
  });
  if (sessionStorage.getItem(KEY)) run(() => show(run));
  else want();
}

/** A button that does something. */
export function button(text, press) {
  const made = el("button", { type: "button" }, text);
  made.addEventListener("click", press);
  return made;
}
