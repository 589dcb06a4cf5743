// What every page of the dashboard does in the browser. Pages work without it; this makes them quick to use.
"use strict";

const cookie = (name) =>
  document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

// --- forms: a log-in in between changes the token, and what was typed must still be accepted -------------------

const csrf = () => cookie("datacube_csrf");

document.addEventListener(
  "submit",
  (event) => {
    for (const input of event.target.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      if (csrf()) input.value = csrf();
    }
  },
  true,
);

document.addEventListener("htmx:configRequest", (event) => {
  if (csrf()) {
    event.detail.headers["X-CSRFToken"] = csrf();
    if (event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = csrf();
  }
});

// --- toasts --------------------------------------------------------------------------------------------------

const STAY = 6000;

function toast(text, kind = "info") {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const item = template.content.firstElementChild.cloneNode(true);
  item.classList.add(`alert-${kind}`);
  item.querySelector("[data-text]").textContent = text;
  region.append(item);
  settle(item);
}

function settle(item) {
  if (!item.classList.contains("alert-error")) setTimeout(() => item.remove(), STAY);
}

document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Nothing was lost here; try again.", "error"));
document.addEventListener("htmx:timeout", () => toast("The server did not answer in time. Try again.", "error"));
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.kind));

document.addEventListener("logged-in", () => document.getElementById("login-again")?.remove());

// --- copying -------------------------------------------------------------------------------------------------

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  let text = source ? (source.value ?? source.textContent) : button.dataset.copyText;
  if (button.dataset.copyUrl) {
    const response = await fetch(button.dataset.copyUrl).catch(() => null);
    if (!response?.ok) return toast("The document could not be loaded. Try again.", "error");
    text = await response.text();
  }
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    // Without TLS browsers have no clipboard for scripts, but the older way works.
    const area = document.createElement("textarea");
    area.value = text.trim();
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.querySelector("[data-label]");
  if (label) {
    const before = label.dataset.before ?? label.textContent;
    label.dataset.before = before;
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = before), 1500);
  } else {
    toast("Copied", "success");
  }
}

// --- theme: as the system, light, dark -----------------------------------------------------------------------

const THEMES = ["system", "light", "dark"];

function theme() {
  return localStorage.getItem("theme") ?? "system";
}

function choose(next) {
  if (next === "system") {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("theme", next);
    document.documentElement.dataset.theme = next;
  }
  showTheme();
}

function showTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme()));
  }
}

// --- one listener for what is clicked ------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const opener = at("[data-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.open)?.showModal();
    return;
  }
  if (at("[data-close]")) {
    at("dialog")?.close();
    return;
  }
  if (event.target.tagName === "DIALOG") event.target.close(); // on the backdrop
  const copied = at("[data-copy], [data-copy-text], [data-copy-url]");
  if (copied) copy(copied);
  if (at("[data-theme-choice]")) choose(at("[data-theme-choice]").dataset.themeChoice);
  if (at("[data-dismiss]")) at("[data-dismiss]").closest("[data-dismissable]")?.remove();
  if (at("[data-add-row]")) addRow(at("[data-add-row]"));
  if (at("[data-remove-row]")) removeRow(at("[data-remove-row]"));
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// --- rows of a form that may be repeated ---------------------------------------------------------------------

function addRow(button) {
  const template = document.getElementById(button.dataset.addRow);
  const rows = document.getElementById(button.dataset.into);
  const next = Number(rows.dataset.next ?? rows.children.length);
  rows.dataset.next = next + 1;
  const holder = document.createElement("div");
  holder.innerHTML = template.innerHTML.replaceAll("__row__", String(next));
  const row = holder.firstElementChild;
  rows.append(row);
  row.querySelector("input, select")?.focus();
}

function removeRow(button) {
  const row = button.closest("[data-row]");
  const near = row.previousElementSibling ?? row.nextElementSibling;
  row.remove();
  near?.querySelector("input")?.focus();
}

// --- a name typed to confirm ---------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  const expected = event.target.dataset.expect;
  if (expected === undefined) return;
  const button = event.target.form.querySelector("[data-armed]");
  button.disabled = event.target.value.trim() !== expected;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// --- keyboard ------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    const menu = document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select?.();
    }
  }
  if (event.key === "?") document.getElementById("keys-help")?.showModal();
});

// --- times: in the zone of the browser, written the same way everywhere -----------------------------------------

const two = (number) => String(number).padStart(2, "0");
const dayOf = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const timeOf = (date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

// "2026-11-29 14:05:09 (UTC+1)".
function exactTime(date) {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.abs(offset) % 60 ? `:${two(Math.abs(offset) % 60)}` : "";
  const zone = offset ? `UTC${sign}${Math.floor(Math.abs(offset) / 60)}${minutes}` : "UTC";
  return `${dayOf(date)} ${timeOf(date)} (${zone})`;
}

// The exact time goes into the tooltip; `data-local="day|time|minute"` also writes the text in local time.
function localize(item) {
  const date = new Date(item.dateTime);
  if (Number.isNaN(date.getTime())) return;
  item.title = exactTime(date);
  const shape = item.dataset.local;
  if (shape === "day") item.textContent = dayOf(date);
  if (shape === "time") item.textContent = timeOf(date).slice(0, 5);
  if (shape === "minute") item.textContent = `${dayOf(date)} ${timeOf(date).slice(0, 5)}`;
}

// A field for a time is filled in local time; what is sent, under the same name, is UTC.
function localizeInput(input) {
  const sent = Object.assign(document.createElement("input"), { type: "hidden", name: input.name, value: input.value });
  const label = document.querySelector(`label[for="${input.id}"]`);
  const at = input.value ? new Date(`${input.value}Z`) : null;
  if (label) label.innerHTML = label.innerHTML.replace("(UTC)", "(local time)");
  input.removeAttribute("name");
  input.removeAttribute("data-utc");
  if (at) input.value = localInputValue(at);
  input.addEventListener("input", () => {
    const date = new Date(input.value);
    sent.value = Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 23);
  });
  input.after(sent);
}

function localInputValue(date) {
  return `${dayOf(date)}T${timeOf(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

// --- what is new on the page ---------------------------------------------------------------------------------

function settleIn(root) {
  for (const dialog of root.querySelectorAll("dialog[data-at-once]:not([open])")) dialog.showModal();
  for (const item of root.querySelectorAll("#toasts > *")) settle(item);
  for (const item of root.querySelectorAll("time[data-local]")) localize(item);
  for (const bar of root.querySelectorAll("rect[data-at]")) {
    bar.querySelector("title").textContent = `${exactTime(new Date(bar.dataset.at))}: ${bar.dataset.value}`;
  }
  for (const input of root.querySelectorAll("input[data-utc]")) localizeInput(input);
  // What only some pages do is in files of its own, loaded where a part of the page names one.
  for (const part of root.querySelectorAll("[data-module]")) {
    import(part.dataset.module).then((module) => {
      module.start(part);
      part.dataset.started = "";
    });
  }
  // Tabs that do not fit a narrow screen begin at the one that is open.
  for (const tab of root.querySelectorAll("nav [aria-current=page]")) {
    const strip = tab.parentElement;
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }
  showTheme();
}

document.addEventListener("DOMContentLoaded", () => settleIn(document));
document.addEventListener("htmx:afterSettle", (event) => {
  settleIn(event.detail.elt.parentElement ?? document);
  // A page that came in place of another is read from its beginning.
  if (event.detail.requestConfig?.boosted && event.detail.elt.tagName === "BODY") {
    const invalid = document.querySelector("[aria-invalid=true]");
    (invalid ?? document.querySelector("[autofocus]") ?? document.getElementById("main"))?.focus({ preventScroll: !invalid });
  }
});

// --- components, for what depends on what is chosen -----------------------------------------------------------

document.addEventListener("alpine:init", () => {
  Alpine.data("choice", () => ({
    value: "",
    init() {
      this.value = this.$el.dataset.value;
    },
    get isFile() {
      return this.value === "file";
    },
  }));
  Alpine.data("kind", () => ({
    kind: "string",
    init() {
      this.kind = this.$el.dataset.kind;
    },
    get isEnum() {
      return this.kind === "enum";
    },
    get isReference() {
      return this.kind === "reference";
    },
  }));
  Alpine.data("live", () => ({
    rows: [],
    filter: "",
    kind: "",
    paused: false,
    state: "connecting",
    number: 0,
    listed: new Set(),
    init() {
      this.source = new EventSource(this.$el.dataset.stream);
      this.source.addEventListener("ready", () => (this.state = "listening"));
      this.source.addEventListener("error", () => (this.state = "connecting again"));
      for (const kind of ["change", "request"]) {
        this.source.addEventListener(kind, (event) => this.add(kind, JSON.parse(event.data)));
      }
    },
    destroy() {
      this.source.close();
    },
    add(kind, data) {
      if (this.paused) return;
      // A stream that connects again sends the stored requests once more.
      const same = kind === "request" ? `${data.at} ${data.title} ${data.status} ${data.ms}` : "";
      if (same && this.listed.has(same)) return;
      this.listed.add(same);
      const failed = data.status >= 400;
      this.rows.unshift({
        kind,
        number: (this.number += 1),
        time: timeOf(new Date(data.at)),
        exact: exactTime(new Date(data.at)),
        title: data.title,
        detail: data.detail ?? "",
        status: data.status ?? (data.version ? `version ${data.version}` : "event"),
        look: kind === "change" ? "badge-info" : failed ? "badge-error" : "badge-success",
        ms: data.ms ?? "",
        actor: data.actor,
      });
      this.rows.length = Math.min(this.rows.length, 200);
    },
    toggle() {
      this.paused = !this.paused;
      this.state = this.paused ? "paused" : "listening";
    },
    get label() {
      return this.paused ? "Resume" : "Pause";
    },
    get shown() {
      const wanted = this.filter.toLowerCase();
      return this.rows.filter(
        (row) =>
          (!this.kind || row.kind === this.kind) &&
          (!wanted || `${row.title} ${row.detail} ${row.status} ${row.actor}`.toLowerCase().includes(wanted)),
      );
    },
    get isEmpty() {
      return this.shown.length === 0;
    },
  }));
});

// --- a request of the page API, run with the key that is given ------------------------------------------------

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-run]");
  if (!form) return;
  event.preventDefault();
  const status = document.getElementById("run-status");
  const answer = document.getElementById("run-answer");
  status.textContent = "Running";
  const began = performance.now();
  const query = new URLSearchParams({
    database_id: form.dataset.database,
    collection_name: form.dataset.collection,
    page_size: 3,
  });
  try {
    const response = await fetch(`${form.dataset.path}?${query}`, {
      headers: { Authorization: `Api-Key ${document.getElementById("run-key").value.trim()}` },
      credentials: "omit",
    });
    const text = await response.text();
    status.textContent = `${response.status} after ${Math.round(performance.now() - began)} ms`;
    answer.textContent = JSON.stringify(JSON.parse(text), null, 2);
    answer.classList.remove("hidden");
  } catch {
    status.textContent = "The server cannot be reached.";
  }
});
