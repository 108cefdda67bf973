// The operator's token. It is stored for this tab only, and sent only to the server that served the page.

import { el } from "./elements.js";

const KEY = "boxoffice.token";

/** An error response with its problem details (RFC 9457). */
class ProblemError extends Error {
  constructor(status, problem) {
    super([problem.title ?? `Status ${status}`, problem.detail].filter(Boolean).join(": "));
    this.status = status;
  }
}

/** Fetches the JSON at `path`, with the path of the next page of a list. */
export async function fetchJson(path) {
  const response = await fetch(path, { headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}` } });
  if (!response.ok) throw new ProblemError(response.status, await response.json().catch(() => ({})));
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  return { body: await response.json(), next };
}

/** Runs `show` with a token. Shows the sign-in form without a token or after a refusal, and reports other errors. */
export function open(show) {
  const [form, content, signOut] = ["sign-in", "content", "sign-out"].map((id) => document.getElementById(id));
  const alert = document.getElementById("alert");

  const signIn = (reason) => {
    sessionStorage.removeItem(KEY);
    report(reason);
    [form.hidden, content.hidden, signOut.hidden] = [false, true, true];
    form.elements.token.focus();
  };
  const report = (text, retry) => {
    alert.replaceChildren(...(text ? [text, ...(retry ? [" ", button("Try again", retry)] : [])] : []));
    alert.hidden = !text;
  };
  const run = async (action) => {
    report();
    document.body.setAttribute("aria-busy", "true");
    try {
      await action();
      [form.hidden, content.hidden, signOut.hidden] = [true, false, false];
    } catch (error) {
      if (error.status === 401 || error.status === 403) signIn(error.message);
      else report(error instanceof ProblemError ? error.message : `The server does not respond: ${error.message}`, () => run(action));
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
  signOut.addEventListener("click", () => {
    content.replaceChildren();
    signIn();
  });
  if (sessionStorage.getItem(KEY)) run(() => show(run));
  else signIn();
}

/** Creates a button that runs `action`. */
export function button(text, action) {
  const element = el("button", { type: "button" }, text);
  element.addEventListener("click", action);
  return element;
}
