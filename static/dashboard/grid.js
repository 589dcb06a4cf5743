// The grid of documents: keys, widths, choosing rows, values changed in place, and rows that build a filter.

const VALUELESS = new Set(["$exists"]);
const WORDS = {
  $eq: "is", $ne: "is not", $gt: ">", $gte: "≥", $lt: "<", $lte: "≤",
  $in: "is one of", $nin: "is none of", $exists: "is there", $regex: "matches",
};

export function start(part) {
  if (part.started) return;
  part.started = true;
  widths(part);
  choosing(part);
  moving(part);
  filtering(part.querySelector("[data-filter]"));
  part.addEventListener("dblclick", (event) => edit(event.target.closest("[data-cell]")));
  part.addEventListener("htmx:afterSettle", (event) => settled(part, event));
  part.addEventListener("click", (event) => opened(event));
  part.addEventListener("close", closed, true);
}

// --- widths: dragged, or by the arrow keys on the edge; kept in this browser ---------------------------------

function widths(part) {
  const key = `widths:${part.dataset.key}`;
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
  const set = (head, width) => {
    const wide = Math.max(60, Math.min(900, Math.round(width)));
    head.style.width = head.style.minWidth = head.style.maxWidth = `${wide}px`;
    head.querySelector("[data-resize]").setAttribute("aria-valuenow", String(wide));
    kept[head.dataset.column] = wide;
  };
  for (const head of part.querySelectorAll("th[data-column]")) {
    if (kept[head.dataset.column]) set(head, kept[head.dataset.column]);
  }
  const save = () => localStorage.setItem(key, JSON.stringify(kept));
  for (const edge of part.querySelectorAll("[data-resize]")) {
    const head = edge.closest("th");
    edge.addEventListener("pointerdown", (event) => {
      const from = event.clientX;
      const before = head.offsetWidth;
      edge.setPointerCapture(event.pointerId);
      const move = (to) => set(head, before + to.clientX - from);
      edge.addEventListener("pointermove", move);
      edge.addEventListener("pointerup", () => { edge.removeEventListener("pointermove", move); save(); }, { once: true });
      event.preventDefault();
    });
    edge.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
      if (!step) return;
      set(head, head.offsetWidth + step);
      save();
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

// --- choosing ------------------------------------------------------------------------------------------------

function choosing(part) {
  const show = () => {
    const count = part.querySelectorAll("[name=ids]:checked").length;
    const button = part.querySelector("[data-chosen]");
    if (!button) return;
    button.disabled = !count;
    button.querySelector("[data-count]").textContent = count ? `${count} chosen…` : "";
  };
  part.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      for (const box of part.querySelectorAll("tbody [name=ids]")) box.checked = event.target.checked;
    }
    show();
  });
  show();
}

// --- moving with the arrow keys, and changing a value --------------------------------------------------------

function moving(part) {
  const first = part.querySelector("tbody td:nth-child(2)");
  if (first) first.tabIndex = 0;
  part.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-cell-form]");
    if (form) return inForm(event, form);
    const cell = event.target.closest("tbody td");
    if (!cell || event.target.closest("input, textarea, select")) return;
    const row = cell.parentElement;
    const to = {
      ArrowRight: cell.nextElementSibling,
      ArrowLeft: cell.previousElementSibling,
      ArrowDown: row.nextElementSibling?.children[cell.cellIndex],
      ArrowUp: row.previousElementSibling?.children[cell.cellIndex],
      Home: row.children[1],
      End: row.lastElementChild,
    }[event.key];
    if (to) {
      event.preventDefault();
      to.tabIndex = 0;
      to.focus();
    } else if (event.key === "Enter" || event.key === "F2") {
      if (cell.matches("[data-cell]")) {
        event.preventDefault();
        edit(cell);
      } else if (event.target === cell) cell.querySelector("a")?.click();
    } else if (event.key === " ") {
      event.preventDefault();
      row.querySelector("[name=ids]")?.click();
    }
  });
}

function edit(cell) {
  if (cell && !cell.querySelector("[data-cell-form]")) cell.dispatchEvent(new CustomEvent("edit"));
}

function inForm(event, form) {
  const several = event.target.matches("textarea") && !(event.ctrlKey || event.metaKey);
  if (event.key === "Escape") form.querySelector("[data-cancel]").click();
  else if (event.key === "Enter" && !event.target.matches("button") && !(several && event.shiftKey)) {
    if (several && form.querySelector("[data-kind]")?.value === "json") return;
    form.querySelector("[data-save]").click();
  } else return;
  event.preventDefault();
}

function settled(part, event) {
  const form = event.detail.elt.querySelector?.("[data-cell-form]");
  const wanted = form?.querySelector("[data-first]");
  if (wanted) {
    part.lastCell = form.closest("td").cellIndex;
    wanted.focus();
    wanted.select?.();
    return;
  }
  if (event.detail.elt.matches?.("tr") && part.lastCell !== undefined) {
    const cell = event.detail.elt.children[part.lastCell];
    if (cell) {
      cell.tabIndex = 0;
      cell.focus();
    }
  }
}

// --- the panel is part of the address ------------------------------------------------------------------------

function opened(event) {
  const link = event.target.closest("[data-doc]");
  if (!link) return;
  const address = new URL(location.href);
  address.searchParams.set("doc", link.dataset.doc);
  history.replaceState(history.state, "", address);
}

function closed(event) {
  if (!event.target.matches("[data-drawer]")) return;
  const address = new URL(location.href);
  const name = address.searchParams.get("doc");
  address.searchParams.delete("doc");
  history.replaceState(history.state, "", address);
  event.target.remove();
  document.querySelector(`[data-doc="${CSS.escape(name ?? "")}"]`)?.focus();
}

// --- rows that build a filter, and a filter that is shown as rows --------------------------------------------

function filtering(form) {
  const text = form.querySelector("textarea");
  const rows = form.querySelector("[data-conditions]");
  const fields = JSON.parse(form.dataset.fields);
  const operators = JSON.parse(form.dataset.operators);
  const list = document.createElement("datalist");
  list.id = "filter-fields";
  list.append(...fields.map((name) => Object.assign(document.createElement("option"), { value: name })));
  form.append(list);

  const write = () => {
    const found = [...rows.children].map(conditionOf).filter(Boolean);
    const names = found.map(([name]) => name);
    const clash = new Set(names).size < names.length;
    const filter = clash ? { $and: found.map(([name, condition]) => ({ [name]: condition })) } : Object.fromEntries(found);
    text.value = found.length ? JSON.stringify(filter) : "";
  };
  const add = (condition = ["", "$eq", ""]) => {
    const row = document.createElement("div");
    row.className = "flex flex-wrap items-center gap-2 sm:flex-nowrap";
    const name = Object.assign(document.createElement("input"), { value: condition[0], className: "input input-sm max-w-none font-mono min-w-0 flex-1" });
    name.setAttribute("list", list.id);
    name.setAttribute("aria-label", "Field");
    const operator = Object.assign(document.createElement("select"), { className: "select select-sm w-28 shrink-0" });
    operator.setAttribute("aria-label", "Comparison");
    operator.append(...operators.map((sign) => new Option(WORDS[sign] ?? sign, sign, false, sign === condition[1])));
    const value = Object.assign(document.createElement("input"), { value: condition[2], className: "input input-sm max-w-none font-mono min-w-0 flex-1" });
    value.setAttribute("aria-label", "Value");
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-ghost btn-sm btn-square shrink-0", textContent: "×" });
    remove.setAttribute("aria-label", "Remove this condition");
    remove.addEventListener("click", () => { row.remove(); write(); form.querySelector("[data-add-condition]").focus(); });
    row.append(name, operator, value, remove);
    row.addEventListener("input", write);
    rows.append(row);
    return name;
  };
  const read = () => {
    const conditions = conditionsOf(text.value);
    form.querySelector("[data-beyond]").classList.toggle("hidden", Boolean(conditions));
    rows.replaceChildren();
    for (const condition of conditions ?? []) add(condition);
  };
  form.querySelector("[data-add-condition]").addEventListener("click", () => add().focus());
  text.addEventListener("input", read);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.querySelector("details").addEventListener("toggle", () => { if (!rows.children.length && !text.value) add(); });
  read();
}

function conditionOf(row) {
  const [name, operator, value] = [...row.querySelectorAll("input, select")].map((input) => input.value);
  if (!name) return null;
  if (operator === "$exists") return [name, { $exists: value !== "false" }];
  if (operator === "$in" || operator === "$nin") return [name, { [operator]: several(value) }];
  if (operator === "$regex") return [name, { $regex: value }];
  const found = literal(value);
  return [name, operator === "$eq" && (typeof found !== "object" || found === null) ? found : { [operator]: found }];
}

function literal(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function several(text) {
  const found = literal(text);
  return Array.isArray(found) ? found : text.split(",").map((part) => literal(part.trim()));
}

const written = (value) => (typeof value === "string" && literal(value) === value ? value : JSON.stringify(value));

function conditionsOf(text) {
  if (!text.trim()) return [];
  let filter;
  try {
    filter = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof filter !== "object" || filter === null || Array.isArray(filter)) return null;
  const parts = Array.isArray(filter.$and) && Object.keys(filter).length === 1 ? filter.$and : [filter];
  const found = [];
  for (const part of parts) {
    if (typeof part !== "object" || part === null) return null;
    for (const [name, condition] of Object.entries(part)) {
      if (name.startsWith("$")) return null;
      const compared = typeof condition === "object" && condition !== null && !Array.isArray(condition);
      const signs = compared ? Object.keys(condition) : [];
      if (!compared || !signs.some((sign) => sign.startsWith("$"))) found.push([name, "$eq", written(condition)]);
      else {
        if (!signs.every((sign) => sign in WORDS)) return null;
        for (const sign of signs) found.push([name, sign, VALUELESS.has(sign) ? String(condition[sign]) : written(condition[sign])]);
      }
    }
  }
  return found;
}
