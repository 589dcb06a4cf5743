// The query console: completion of names and operators, query history and saved queries in this browser.

const MAX_HISTORY = 50;
const MAX_SAVED = 100;

export function start(part) {
  if (part.started) return;
  part.started = true;
  const form = part.querySelector("[data-query]");
  if (!form) return;
  const key = part.dataset.key;
  const completions = JSON.parse(part.dataset.completions);
  const showMode = () => {
    const chosen = form.querySelector("[name=mode]:checked").value;
    for (const box of form.querySelectorAll("[data-for]")) box.hidden = box.dataset.for !== chosen;
  };
  form.addEventListener("change", showMode);
  showMode();
  form.querySelector("#query-collection").addEventListener("change", () => {
    const address = new URL(form.action);
    address.searchParams.set("collection", form.querySelector("#query-collection").value);
    window.htmx.ajax("GET", address.href, { target: "body", swap: "innerHTML" }).then(() => history.replaceState({}, "", address));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", () => addToHistory(key, form));
  for (const input of form.querySelectorAll("[data-complete]")) startCompletion(input, completions);
  showLists(part, key);
  part.querySelector("[data-save-query]").addEventListener("click", () => document.getElementById("save-query").showModal());
  part.querySelector("[data-save-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const name = document.getElementById("save-query-name").value.trim();
    const saved = readItems(`saved:${key}`).filter((item) => item.name !== name);
    writeItems(`saved:${key}`, [{ name, address: addressOf(form) }, ...saved].slice(0, MAX_SAVED));
    document.getElementById("save-query").close();
    showLists(part, key);
  });
  part.querySelector("[data-clear-history]").addEventListener("click", () => {
    writeItems(`ran:${key}`, []);
    showLists(part, key);
  });
}

// --- history and saved queries -------------------------------------------------------------------------------

function readItems(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

function writeItems(key, items) {
  localStorage.setItem(key, JSON.stringify(items));
}

function addressOf(form) {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) params.append(name, value);
  return `?${params}`;
}

function addToHistory(key, form) {
  const address = addressOf(form);
  writeItems(`ran:${key}`, [{ address, at: Date.now() }, ...readItems(`ran:${key}`).filter((item) => item.address !== address)].slice(0, MAX_HISTORY));
}

function showLists(part, key) {
  const saved = readItems(`saved:${key}`);
  const history = readItems(`ran:${key}`);
  part.querySelector("[data-saved]").replaceChildren(...saved.map((item) => line(item.address, item.name, () => {
    writeItems(`saved:${key}`, readItems(`saved:${key}`).filter((other) => other.name !== item.name));
    showLists(part, key);
  })));
  part.querySelector("[data-history]").replaceChildren(...history.map((item) => line(item.address, describeQuery(item.address))));
  part.querySelector("[data-empty-saved]").hidden = saved.length > 0;
  part.querySelector("[data-empty-history]").hidden = history.length > 0;
  part.querySelector("[data-clear-history]").hidden = history.length === 0;
}

function describeQuery(address) {
  const params = new URLSearchParams(address);
  const text = params.get("mode") === "aggregate" ? params.get("pipeline") : params.get("filter");
  return `${params.get("collection")} ${text || (params.get("mode") === "aggregate" ? "[]" : "{}")}`;
}

function line(address, text, remove) {
  const item = document.createElement("li");
  item.className = "flex items-center gap-1";
  const link = Object.assign(document.createElement("a"), { href: location.pathname + address, textContent: text, title: text });
  link.className = "min-w-0 flex-1 truncate rounded px-1 py-0.5 font-mono text-xs hover:underline";
  item.append(link);
  if (remove) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×", className: "btn btn-ghost btn-xs btn-square" });
    button.setAttribute("aria-label", `Remove ${text}`);
    button.addEventListener("click", remove);
    item.append(button);
  }
  return item;
}

// --- completion: fields, and operators after a dollar sign ---------------------------------------------------

function startCompletion(input, completions) {
  let list;
  let chosen = 0;
  const close = () => {
    list?.remove();
    list = undefined;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", "false");
  };
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");

  const currentWord = () => /[\w$.]*$/.exec(input.value.slice(0, input.selectionStart))[0];
  const matches = (word) => {
    const operators = input.dataset.complete === "pipeline" ? completions.pipeline : input.dataset.complete === "filter" ? completions.filter : [];
    const fields = completions.fields;
    const references = input.dataset.complete === "pipeline" ? fields.map((name) => `$${name}`) : [];
    const all = word.startsWith("$") ? [...operators, ...references] : fields;
    const low = word.toLowerCase();
    return all.filter((item) => item.toLowerCase().startsWith(low)).slice(0, 30);
  };
  const insert = (word) => {
    const at = input.selectionStart;
    const start = at - currentWord().length;
    const before = input.value.slice(0, start);
    const quoted = (before.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
    const closed = input.value[at] === '"';
    const text = quoted ? `${word}${closed ? "" : '"'}` : `"${word}"`;
    input.setRangeText(text, start, at, "end");
    close();
    input.focus();
  };
  const highlight = () => {
    for (const [index, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(index === chosen));
    const current = list.children[chosen];
    current.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", current.id);
  };
  const open = (always) => {
    close();
    const word = currentWord();
    const items = word || always ? matches(word) : [];
    if (!items.length) return;
    list = document.createElement("div");
    list.className = "completions";
    list.setAttribute("role", "listbox");
    list.id = `${input.id}-list`;
    items.forEach((item, index) => {
      const option = Object.assign(document.createElement("div"), { textContent: item, id: `${input.id}-option-${index}` });
      option.setAttribute("role", "option");
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        insert(item);
      });
      list.append(option);
    });
    const box = input.getBoundingClientRect();
    list.style.left = `${box.left}px`;
    list.style.top = `${box.bottom + 2}px`;
    document.body.append(list);
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "true");
    chosen = 0;
    highlight();
  };
  input.addEventListener("input", () => open(false));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      open(true);
    } else if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + list.children.length) % list.children.length;
      highlight();
    } else if (list && (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey))) {
      event.preventDefault();
      insert(list.children[chosen].textContent);
    } else if (list && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
}
