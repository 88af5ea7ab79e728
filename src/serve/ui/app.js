// The page at `/`: sign in, ask, read the citations. Documents are not trusted, so everything that comes
// from the server is put in as text, never as markup. Tokens are kept in memory only: a reload signs out.

const at = (id) => document.getElementById(id);
const show = (id, visible) => { at(id).hidden = !visible; };
const LONGEST_TIMER = 2 ** 31 - 1;

let session = null; // { name, access, refresh, renewAt }
let renewal = null; // the renewal under way, shared by whoever waits for it
let timer = 0;
let asking = null; // the AbortController of the question under way

// --- The API ---

class Refused extends Error {
  constructor(status, { message, hint } = {}) {
    super(message || `the server answered with status ${status}`);
    this.status = status;
    this.hint = hint;
  }
}

async function send(path, { body, signal, token } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, {
      message: "the server does not answer",
      hint: "on the machine that runs it, `tars ops status` shows how it is and `tars ops start` starts it",
    });
  }
  if (response.status === 204) return null;
  const told = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return undefined;
  });
  if (!response.ok) throw new Refused(response.status, told);
  if (told === undefined) throw new Refused(response.status, { message: "the server's answer cannot be read" });
  return told;
}

// A call as the signed-in user. A token that has run out is renewed once, quietly.
async function call(path, options = {}) {
  if (!session) throw new Refused(401, { message: "you are not signed in" });
  if (Date.now() >= session.renewAt) await renew();
  const used = session.access;
  try {
    return await send(path, { ...options, token: used });
  } catch (error) {
    if (error.status !== 401 || !session) throw error;
    if (session.access === used) await renew();
    return send(path, { ...options, token: session.access });
  }
}

function keep(name, tokens) {
  session = {
    name,
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    renewAt: Date.now() + tokens.expires_in * 800, // at four fifths of its life, in milliseconds
  };
  clearTimeout(timer);
  timer = setTimeout(renewQuietly, Math.min(tokens.expires_in * 800, LONGEST_TIMER));
}

function renew() {
  const mine = session;
  renewal ??= (async () => {
    try {
      const tokens = await send("/auth/refresh", { body: { refresh_token: mine.refresh } });
      if (session === mine) keep(mine.name, tokens);
    } catch (error) {
      if (session === mine && error.status >= 400 && error.status < 500 && error.status !== 429) {
        signOut();
        throw new Refused(401, { message: "your sign-in has ended", hint: "sign in again" });
      }
      throw error;
    } finally {
      renewal = null;
    }
    if (!session) throw new Refused(401, { message: "you are not signed in" });
  })();
  return renewal;
}

// In the background only the end of the sign-in is worth a word: anything else is tried again by the next call.
function renewQuietly() {
  renew().catch((error) => {
    if (!session) fail(error, "sign-in-form");
  });
}

// --- Text ---

function make(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content.filter((part) => part !== undefined && part !== ""));
  return node;
}

// Messages and guides mark commands and paths with backticks.
function prose(text) {
  return text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 ? make("code", "", part) : part));
}

// Says what went wrong below the form that it concerns.
function fail(error, form) {
  if (error.name === "AbortError") return;
  at(session ? form : "sign-in-form").after(at("error"));
  const lines = [make("p", "", ...prose(error.message))];
  if (error.hint) lines.push(make("p", "", ...prose(error.hint)));
  show("error", true);
  at("error").replaceChildren(...lines);
  at("error").scrollIntoView({ block: "nearest" });
}

function clearError() {
  show("error", false);
  at("error").replaceChildren();
}

const count = (number, one, many) => `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;

function span(one, many, [first, last]) {
  return first === last ? `${one} ${first}` : `${many} ${first}–${last}`;
}

function place({ page, rows, lines }) {
  if (page) return `page ${page}`;
  if (rows) return span("row", "rows", rows);
  if (lines) return span("line", "lines", lines);
  return "";
}

function duration(ms) {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

// --- The answer ---

// The text with each `[n]` that names a citation made a link to its card; any other bracket stays text.
function linked(text, citations) {
  const known = new Map(citations.map((citation) => [String(citation.n), citation]));
  return text.split(/(\[\d+(?:\s*,\s*\d+)*\])/).flatMap((part, index) => {
    const numbers = index % 2 ? part.slice(1, -1).split(",").map((number) => number.trim()) : [];
    if (numbers.length === 0 || !numbers.every((number) => known.has(number))) return prose(part);
    return numbers.map((number) => {
      const link = make("a", "marker", number);
      link.href = `#citation-${number}`;
      link.setAttribute("aria-label", `citation ${number}: ${known.get(number).source.title}`);
      return link;
    });
  });
}

// A table that was kept as text needs letters of one width.
const shape = (text) => (text.split("\n").every((line) => line.startsWith("|")) ? "table" : "");

function card({ n, source, quote }) {
  const where = [source.heading, place(source)].filter(Boolean).join(", ");
  const item = make(
    "li",
    "citation card",
    make("h4", "", make("span", "number", String(n)), make("span", "title", source.title)),
    make("p", "muted small", make("code", "path", source.path), ` in ${source.collection}`),
    where ? make("p", "muted small place", where) : "",
    make("blockquote", shape(quote), quote),
  );
  item.id = `citation-${n}`;
  item.tabIndex = -1; // a marker that is followed moves the focus here
  return item;
}

function modeName({ mode, model }) {
  if (mode === "generated") return model ? `written by ${model}` : "written by a language model";
  return mode === "extracts" ? "extracts" : "nothing found";
}

function showAnswer(question, answer) {
  show("answer", true);
  show("examples", false);
  at("asked").textContent = question;
  at("mode").textContent = modeName(answer);
  const paragraphs = answer.answer.trim().split(/\n\s*\n/);
  at("answer-text").replaceChildren(...paragraphs.map((text) => make("p", shape(text), ...linked(text, answer.citations))));
  const degraded = answer.degraded ?? [];
  show("degraded", degraded.length > 0);
  at("degraded").replaceChildren(...degraded.map((text) => make("li", "", ...prose(text))));
  show("citations-heading", answer.citations.length > 0);
  at("citations").replaceChildren(...answer.citations.map(card));
  const written = answer.mode === "generated" ? `, writing ${duration(answer.answer_ms)}` : "";
  at("timing").textContent = `Searching took ${duration(answer.retrieval_ms)}${written}.`;
  // On a touch screen the keyboard would cover the answer.
  if (matchMedia("(pointer: coarse)").matches) at("question").blur();
}

async function ask(question) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  clearError();
  show("answer", false);
  busy(true);
  const started = Date.now();
  const say = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    at("status").textContent = seconds ? `Still at work, ${seconds} s so far…` : "Looking through the documents…";
  };
  say();
  const ticking = setInterval(say, 5000);
  try {
    const answer = await call("/rag/query", { body: { query: question }, signal: mine.signal });
    if (asking === mine) showAnswer(question, answer);
  } catch (error) {
    if (asking === mine) fail(error, "ask-form");
  } finally {
    clearInterval(ticking);
    if (asking === mine) {
      asking = null;
      busy(false);
      at("status").textContent = mine.signal.aborted ? "Cancelled." : "";
    }
  }
  refreshFooter();
}

function busy(on) {
  at("ask").disabled = on;
  show("cancel", on);
  at("answer").setAttribute("aria-busy", String(on));
}

// --- Signing in and out ---

function signedIn(name, tokens) {
  keep(name, tokens);
  at("who-name").textContent = name;
  at("password-user").value = name;
  show("who", true);
  show("sign-in-card", false);
  show("ask-card", true);
  show("notice", tokens.password_is_one_time);
  at("notice").open = false;
  at("question").focus();
  refreshFooter();
}

function signOut() {
  session = null;
  clearTimeout(timer);
  asking?.abort();
  for (const id of ["who", "notice", "ask-card", "answer"]) show(id, false);
  for (const id of ["asked", "mode", "answer-text", "degraded", "citations", "timing", "holdings", "status"]) {
    at(id).replaceChildren();
  }
  at("password-form").reset();
  at("ask-form").reset();
  show("examples", true);
  show("sign-in-card", true);
  at("password").focus();
}

async function refreshFooter() {
  try {
    const health = await send("/health");
    at("version").textContent = `tars ${health.version}`;
    if (!session) return;
    const stats = await call("/stats");
    if (!session) return;
    const skipped = stats.skipped ? `, ${count(stats.skipped, "file", "files")} skipped` : "";
    at("holdings").textContent = `${count(stats.documents, "document", "documents")}${skipped}`;
  } catch {
    // The footer is a nicety: what matters says so itself when it is asked for.
  }
}

// Runs what a form does, with its button held and any error shown.
function onSubmit(formId, buttonId, work) {
  at(formId).addEventListener("submit", async (event) => {
    event.preventDefault();
    clearError();
    at(buttonId).disabled = true;
    try {
      await work();
    } catch (error) {
      fail(error, formId);
    } finally {
      at(buttonId).disabled = false;
    }
  });
}

onSubmit("sign-in-form", "sign-in", async () => {
  const username = at("username").value.trim();
  const tokens = await send("/auth/token", { body: { username, password: at("password").value } });
  at("password").value = "";
  signedIn(username, tokens);
});

onSubmit("password-form", "change-password", async () => {
  const [current, chosen] = [at("current-password").value, at("new-password").value];
  if (chosen !== at("new-password-again").value) {
    throw new Refused(0, { message: "the two new passwords differ", hint: "type the same password twice" });
  }
  const name = session.name;
  const told = await call("/auth/password", { body: { current, new: chosen } });
  // The change ends every older token: go on with the new ones, or sign in for them.
  const tokens = told?.access_token
    ? told
    : await send("/auth/token", { body: { username: name, password: chosen } });
  at("password-form").reset();
  signedIn(name, tokens);
  at("status").textContent = "Your password is changed.";
});

at("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = at("question").value.trim();
  if (question && !asking) ask(question);
});

at("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("ask-form").requestSubmit();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") asking?.abort();
});

at("cancel").addEventListener("click", () => {
  asking?.abort();
  at("question").focus();
});

at("sign-out").addEventListener("click", () => {
  clearError();
  signOut();
});

for (const example of document.querySelectorAll("#examples .chip")) {
  example.addEventListener("click", () => {
    at("question").value = example.textContent;
    at("ask-form").requestSubmit();
  });
}

show("sign-in-card", true);
at("password").focus();
refreshFooter();
