// The query console: completion of names and operators, what was run and what was saved in this browser.

const MOST_RUN = 50;
const MOST_SAVED = 100;

export function start(part) {
  if (part.started) return;
  part.started = true;
  const form = part.querySelector("[data-query]");
  if (!form) return;
  const key = part.dataset.key;
  const words = JSON.parse(part.dataset.words);
  const mode = () => {
    const chosen = form.querySelector("[name=mode]:checked").value;
    for (const box of form.querySelectorAll("[data-for]")) box.hidden = box.dataset.for !== chosen;
  };
  form.addEventListener("change", mode);
  mode();
  form.querySelector("#query-collection").addEventListener("change", () => {
    const address = new URL(form.action);
    address.searchParams.set("collection", form.querySelector("#query-collection").value);
    window.htmx.ajax("GET", address.href, { target: "body", swap: "innerHTML" }).then(() => history.replaceState({}, "", address));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", () => ran(key, form));
  for (const input of form.querySelectorAll("[data-complete]")) completing(input, words);
  listing(part, key);
  part.querySelector("[data-save-query]").addEventListener("click", () => document.getElementById("save-query").showModal());
  part.querySelector("[data-save-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const name = document.getElementById("save-query-name").value.trim();
    const saved = kept(`saved:${key}`).filter((item) => item.name !== name);
    keep(`saved:${key}`, [{ name, address: addressOf(form) }, ...saved].slice(0, MOST_SAVED));
    document.getElementById("save-query").close();
    listing(part, key);
  });
  part.querySelector("[data-clear-history]").addEventListener("click", () => {
    keep(`ran:${key}`, []);
    listing(part, key);
  });
}

// --- what was run, and what was saved ------------------------------------------------------------------------

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

function keep(key, items) {
  localStorage.setItem(key, JSON.stringify(items));
}

function addressOf(form) {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) given.append(name, value);
  return `?${given}`;
}

function ran(key, form) {
  const address = addressOf(form);
  keep(`ran:${key}`, [{ address, at: Date.now() }, ...kept(`ran:${key}`).filter((item) => item.address !== address)].slice(0, MOST_RUN));
}

function listing(part, key) {
  const saved = kept(`saved:${key}`);
  const run = kept(`ran:${key}`);
  part.querySelector("[data-saved]").replaceChildren(...saved.map((item) => line(item.address, item.name, () => {
    keep(`saved:${key}`, kept(`saved:${key}`).filter((other) => other.name !== item.name));
    listing(part, key);
  })));
  part.querySelector("[data-ran]").replaceChildren(...run.map((item) => line(item.address, words(item.address))));
  part.querySelector("[data-none-saved]").hidden = saved.length > 0;
  part.querySelector("[data-none-ran]").hidden = run.length > 0;
  part.querySelector("[data-clear-history]").hidden = run.length === 0;
}

function words(address) {
  const given = new URLSearchParams(address);
  const asked = given.get("mode") === "aggregate" ? given.get("pipeline") : given.get("filter");
  return `${given.get("collection")} ${asked || (given.get("mode") === "aggregate" ? "[]" : "{}")}`;
}

function line(address, text, remove) {
  const item = document.createElement("li");
  item.className = "flex items-center gap-1";
  const link = Object.assign(document.createElement("a"), { href: location.pathname + address, textContent: text, title: text });
  link.className = "min-w-0 flex-1 truncate rounded px-1 py-0.5 font-mono text-xs hover:underline";
  item.append(link);
  if (remove) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×", className: "btn btn-ghost btn-xs btn-square" });
    button.setAttribute("aria-label", `Forget ${text}`);
    button.addEventListener("click", remove);
    item.append(button);
  }
  return item;
}

// --- completion: fields as values and keys, operators behind a dollar ----------------------------------------

function completing(input, words) {
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

  const begun = () => /[\w$.]*$/.exec(input.value.slice(0, input.selectionStart))[0];
  const found = (word) => {
    const operators = input.dataset.complete === "pipeline" ? words.pipeline : input.dataset.complete === "filter" ? words.filter : [];
    const fields = words.fields;
    const references = input.dataset.complete === "pipeline" ? fields.map((name) => `$${name}`) : [];
    const all = word.startsWith("$") ? [...operators, ...references] : fields;
    const low = word.toLowerCase();
    return all.filter((item) => item.toLowerCase().startsWith(low)).slice(0, 30);
  };
  const take = (word) => {
    const at = input.selectionStart;
    const start = at - begun().length;
    const before = input.value.slice(0, start);
    const quoted = (before.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
    const closed = input.value[at] === '"';
    const text = quoted ? `${word}${closed ? "" : '"'}` : `"${word}"`;
    input.setRangeText(text, start, at, "end");
    close();
    input.focus();
  };
  const mark = () => {
    for (const [index, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(index === chosen));
    const current = list.children[chosen];
    current.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", current.id);
  };
  const open = (asked) => {
    close();
    const word = begun();
    const items = word || asked ? found(word) : [];
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
        take(item);
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
    mark();
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
      mark();
    } else if (list && (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey))) {
      event.preventDefault();
      take(list.children[chosen].textContent);
    } else if (list && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
}
