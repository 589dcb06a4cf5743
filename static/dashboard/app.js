// Scripts of every page. Pages also work without scripts.
"use strict";

const cookie = (name) =>
  document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

// --- forms: a sign-in in another tab changes the CSRF token; send the current one ------------------------------

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

const TOAST_MILLISECONDS = 6000;

function toast(text, kind = "info") {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const item = template.content.firstElementChild.cloneNode(true);
  item.classList.add(`alert-${kind}`);
  item.querySelector("[data-text]").textContent = text;
  region.append(item);
  hideLater(item);
}

function hideLater(item) {
  if (!item.classList.contains("alert-error")) setTimeout(() => item.remove(), TOAST_MILLISECONDS);
}

document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Your input is kept; try again.", "error"));
document.addEventListener("htmx:timeout", () => toast("The server did not answer in time. Try again.", "error"));
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.kind));

document.addEventListener("signed-in", () => document.getElementById("sign-in-again")?.remove());

// --- copy to clipboard ---------------------------------------------------------------------------------------

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
    // Without TLS browsers have no clipboard API; the older command still works.
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

// --- theme: system, light, dark ------------------------------------------------------------------------------

const THEMES = ["system", "light", "dark"];

function currentTheme() {
  return localStorage.getItem("theme") ?? "system";
}

function chooseTheme(next) {
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
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === currentTheme()));
  }
}

// --- clicks --------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const closest = (selector) => event.target.closest(selector);
  const opener = closest("[data-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.open)?.showModal();
    return;
  }
  if (closest("[data-close]")) {
    closest("dialog")?.close();
    return;
  }
  if (event.target.tagName === "DIALOG") event.target.close(); // on the backdrop
  const copied = closest("[data-copy], [data-copy-text], [data-copy-url]");
  if (copied) copy(copied);
  if (closest("[data-theme-choice]")) chooseTheme(closest("[data-theme-choice]").dataset.themeChoice);
  if (closest("[data-dismiss]")) closest("[data-dismiss]").closest("[data-dismissable]")?.remove();
  if (closest("[data-add-row]")) addRow(closest("[data-add-row]"));
  if (closest("[data-remove-row]")) removeRow(closest("[data-remove-row]"));
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// --- repeated rows of a form ---------------------------------------------------------------------------------

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

// --- confirmation by typing a name ---------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  const expected = event.target.dataset.expect;
  if (expected === undefined) return;
  const button = event.target.form.querySelector("[data-confirm-button]");
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

// --- times: in the time zone of the browser, in one format ------------------------------------------------------

const twoDigits = (number) => String(number).padStart(2, "0");
const formatDay = (date) => `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
const formatTime = (date) => `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;

// "2026-11-29 14:05:09 (UTC+1)".
function exactTime(date) {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.abs(offset) % 60 ? `:${twoDigits(Math.abs(offset) % 60)}` : "";
  const zone = offset ? `UTC${sign}${Math.floor(Math.abs(offset) / 60)}${minutes}` : "UTC";
  return `${formatDay(date)} ${formatTime(date)} (${zone})`;
}

// The exact time goes into the tooltip; `data-local="day|time|minute"` also writes the text in local time.
function localize(item) {
  const date = new Date(item.dateTime);
  if (Number.isNaN(date.getTime())) return;
  item.title = exactTime(date);
  const style = item.dataset.local;
  if (style === "day") item.textContent = formatDay(date);
  if (style === "time") item.textContent = formatTime(date).slice(0, 5);
  if (style === "minute") item.textContent = `${formatDay(date)} ${formatTime(date).slice(0, 5)}`;
}

// A time input shows local time; a hidden input of the same name sends UTC.
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
  return `${formatDay(date)}T${formatTime(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

// --- new content of the page ---------------------------------------------------------------------------------

function initialize(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open-now]:not([open])")) dialog.showModal();
  for (const item of root.querySelectorAll("#toasts > *")) hideLater(item);
  for (const item of root.querySelectorAll("time[data-local]")) localize(item);
  for (const bar of root.querySelectorAll("rect[data-at]")) {
    bar.querySelector("title").textContent = `${exactTime(new Date(bar.dataset.at))}: ${bar.dataset.value}`;
  }
  for (const input of root.querySelectorAll("input[data-utc]")) localizeInput(input);
  // Modules of single pages are loaded when an element names them.
  for (const part of root.querySelectorAll("[data-module]")) {
    import(part.dataset.module).then((module) => {
      module.start(part);
      part.dataset.started = "";
    });
  }
  // Scroll tabs on a narrow screen to the open one.
  for (const tab of root.querySelectorAll("nav [aria-current=page]")) {
    const strip = tab.parentElement;
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }
  showTheme();
}

document.addEventListener("DOMContentLoaded", () => initialize(document));
document.addEventListener("htmx:afterSettle", (event) => {
  initialize(event.detail.elt.parentElement ?? document);
  // Move the focus to the beginning of a new page.
  if (event.detail.requestConfig?.boosted && event.detail.elt.tagName === "BODY") {
    const invalid = document.querySelector("[aria-invalid=true]");
    (invalid ?? document.querySelector("[autofocus]") ?? document.getElementById("main"))?.focus({ preventScroll: !invalid });
  }
});

// --- components that depend on chosen values ------------------------------------------------------------------

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
      this.source.addEventListener("error", () => (this.state = "reconnecting"));
      for (const kind of ["change", "request"]) {
        this.source.addEventListener(kind, (event) => this.add(kind, JSON.parse(event.data)));
      }
    },
    destroy() {
      this.source.close();
    },
    add(kind, data) {
      if (this.paused) return;
      // A reconnected stream sends the stored requests again.
      const requestKey = kind === "request" ? `${data.at} ${data.title} ${data.status} ${data.ms}` : "";
      if (requestKey && this.listed.has(requestKey)) return;
      this.listed.add(requestKey);
      const failed = data.status >= 400;
      this.rows.unshift({
        kind,
        number: (this.number += 1),
        time: formatTime(new Date(data.at)),
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
    get visibleRows() {
      const text = this.filter.toLowerCase();
      return this.rows.filter(
        (row) =>
          (!this.kind || row.kind === this.kind) &&
          (!text || `${row.title} ${row.detail} ${row.status} ${row.actor}`.toLowerCase().includes(text)),
      );
    },
    get isEmpty() {
      return this.visibleRows.length === 0;
    },
  }));
});

// --- the test request of the page API -------------------------------------------------------------------------

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-run]");
  if (!form) return;
  event.preventDefault();
  const status = document.getElementById("run-status");
  const output = document.getElementById("run-answer");
  status.textContent = "Running";
  const startedAt = performance.now();
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
    status.textContent = `${response.status} after ${Math.round(performance.now() - startedAt)} ms`;
    output.textContent = JSON.stringify(JSON.parse(text), null, 2);
    output.classList.remove("hidden");
  } catch {
    status.textContent = "The server cannot be reached.";
  }
});
