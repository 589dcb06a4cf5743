// The grid of documents: keyboard, column widths, selection, cell editing and filter rows.

const WITHOUT_VALUE = new Set(["$exists"]);
const OPERATOR_LABELS = {
  $eq: "is", $ne: "is not", $gt: ">", $gte: "≥", $lt: "<", $lte: "≤",
  $in: "is one of", $nin: "is not one of", $exists: "exists", $regex: "matches",
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  document.querySelector(`[data-grid] [data-shortcut="${CSS.escape(event.key)}"]`)?.click();
});

export function start(part) {
  if (part.started) return;
  part.started = true;
  startColumnWidths(part);
  startSelection(part);
  startKeyboard(part);
  startFilter(part.querySelector("[data-filter]"));
  startColumnOrder(part.querySelector("[data-columns]"));
  startUndo(part);
  startLiveUpdates(part);
  startPicker(part);
  part.addEventListener("dblclick", (event) => edit(event.target.closest("[data-cell]")));
  part.addEventListener("htmx:afterSettle", (event) => focusCell(part, event));
  part.addEventListener("click", (event) => storeOpenDocument(event));
  part.addEventListener("close", removeClosedPanel, true);
}

// --- column widths: by mouse or arrow keys on the edge; stored in this browser -------------------------------

function startColumnWidths(part) {
  const key = `widths:${part.dataset.key}`;
  const widths = JSON.parse(localStorage.getItem(key) ?? "{}");
  const set = (head, width) => {
    const clamped = Math.max(60, Math.min(900, Math.round(width)));
    head.style.width = head.style.minWidth = head.style.maxWidth = `${clamped}px`;
    head.querySelector("[data-resize]").setAttribute("aria-valuenow", String(clamped));
    widths[head.dataset.column] = clamped;
  };
  for (const head of part.querySelectorAll("th[data-column]")) {
    if (widths[head.dataset.column]) set(head, widths[head.dataset.column]);
  }
  const save = () => localStorage.setItem(key, JSON.stringify(widths));
  for (const edge of part.querySelectorAll("[data-resize]")) {
    const head = edge.closest("th");
    edge.addEventListener("pointerdown", (event) => {
      const startX = event.clientX;
      const before = head.offsetWidth;
      edge.setPointerCapture(event.pointerId);
      const move = (to) => set(head, before + to.clientX - startX);
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

// --- selection, and the actions of the selection bar -------------------------------------------------------------

function startSelection(part) {
  const all = part.querySelector("[data-all]");
  const boxes = () => [...part.querySelectorAll("tbody [name=ids]")];
  const show = () => {
    const count = boxes().filter((box) => box.checked).length;
    const label = part.querySelector("[data-selection] [data-count]");
    if (label) label.textContent = String(count);
    if (all) {
      all.checked = count > 0 && count === boxes().length;
      all.indeterminate = count > 0 && !all.checked;
    }
  };
  part.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes()) box.checked = all.checked;
    show();
  });
  part.addEventListener("click", (event) => {
    const ids = boxes().filter((box) => box.checked).map((box) => box.value);
    if (event.target.closest("[data-clear-selection]")) {
      for (const box of boxes()) box.checked = false;
      show();
    }
    const link = event.target.closest("[data-export-selected]");
    if (link) {
      const address = new URL(link.href);
      address.searchParams.delete("ids");
      for (const id of ids) address.searchParams.append("ids", id);
      link.href = address;
    }
    const button = event.target.closest("[data-edit-selected]");
    if (button && ids.length === 1) {
      event.preventDefault();
      const opener = document.createElement("a");
      opener.href = button.dataset.one.replace("0".repeat(24), ids[0]);
      part.append(opener);
      window.htmx.process(opener);
      opener.click();
    }
  });
  show();
}

// --- the order of the columns ------------------------------------------------------------------------------------

function startColumnOrder(form) {
  form?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "-1") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
  });
}

// --- undo, after a value was changed in place --------------------------------------------------------------------

const UNDO_SHOWN_MS = 30_000;

function startUndo(part) {
  const bar = part.querySelector("[data-undo]");
  let timer;
  const hideLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!bar.contains(document.activeElement)) bar.hidden = true;
    }, UNDO_SHOWN_MS);
  };
  const offer = (event) => {
    if (!part.isConnected) return document.removeEventListener("undo-offered", offer);
    bar.querySelector("[data-text]").textContent = event.detail.text;
    bar.hidden = false;
    hideLater();
  };
  document.addEventListener("undo-offered", offer);
  if (!bar.hidden) hideLater();
}

// --- changes by other users while the page is open ---------------------------------------------------------------

function startLiveUpdates(part) {
  const link = part.querySelector("[data-live]");
  if (!part.dataset.stream || !link) return;
  const changes = { insert: new Set(), update: new Set(), delete: new Set() };
  let source;
  const show = () => {
    const labels = { insert: "new", update: "changed", delete: "deleted" };
    const counts = Object.entries(changes).filter(([, ids]) => ids.size);
    if (!counts.length) return;
    const count = counts.reduce((sum, [, ids]) => sum + ids.size, 0);
    const what = counts.map(([kind, ids]) => `${ids.size} ${labels[kind]}`).join(", ");
    const only = counts.length === 1 ? counts[0][0] : "";
    const noun = count === 1 ? "document" : "documents";
    link.textContent = only ? `${count} ${labels[only]} ${noun}, show` : `${what} documents, show`;
    link.hidden = false;
  };
  const onChange = (event) => {
    const data = JSON.parse(event.data);
    if (data.collection !== part.dataset.collection) return;
    const row = part.querySelector(`tr[data-row="${CSS.escape(data.document_id)}"]`);
    const known = Number(row?.dataset.version ?? 0);
    if (data.operation === "insert") {
      if (!row) changes.insert.add(data.document_id);
    } else if (data.operation === "delete") {
      changes.insert.delete(data.document_id);
      if (row) changes.delete.add(data.document_id);
    } else if (row && (!data.version || data.version > known)) changes.update.add(data.document_id);
    show();
  };
  const open = () => {
    source = new EventSource(part.dataset.stream);
    source.addEventListener("change", onChange);
  };
  const onVisibilityChange = () => {
    if (!part.isConnected) {
      source?.close();
      document.removeEventListener("visibilitychange", onVisibilityChange);
      return;
    }
    // A browser limits connections to one host: tabs in the background close theirs.
    if (document.hidden) source?.close();
    else open();
  };
  document.addEventListener("visibilitychange", onVisibilityChange);
  window.addEventListener("pagehide", () => source?.close(), { once: true });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === document.body) source?.close();
  });
  if (!document.hidden) open();
}

// --- the picker of a reference -----------------------------------------------------------------------------------

function startPicker(part) {
  part.addEventListener("click", (event) => {
    const option = event.target.closest("[data-pick]");
    if (!option) return;
    const form = option.closest("[data-cell-form]");
    const input = form.querySelector("[data-first]");
    if (form.dataset.many) {
      const ids = literal(input.value || "[]");
      input.value = JSON.stringify([...(Array.isArray(ids) ? ids : []), option.dataset.pick]);
      input.focus();
    } else {
      input.value = option.dataset.pick;
      form.querySelector("[data-save]").click();
    }
  });
}

// --- keyboard navigation and cell editing --------------------------------------------------------------------

function startKeyboard(part) {
  const first = part.querySelector("tbody td:nth-child(2)");
  if (first) first.tabIndex = 0;
  part.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-cell-form]");
    if (form) return onFormKey(event, form);
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

function onFormKey(event, form) {
  if (event.target.matches("[data-picker]") && event.key === "Enter") {
    event.preventDefault();
    form.querySelector("[data-pick]")?.click();
    return;
  }
  if (event.target.matches("[data-pick]") && event.key !== "Escape") return;
  const isMultiline = event.target.matches("textarea") && !(event.ctrlKey || event.metaKey);
  if (event.key === "Escape") form.querySelector("[data-cancel]").click();
  else if (event.key === "Enter" && !event.target.matches("button") && !(isMultiline && event.shiftKey)) {
    if (isMultiline && form.querySelector("[data-kind]")?.value === "json") return;
    form.querySelector("[data-save]").click();
  } else return;
  event.preventDefault();
}

function focusCell(part, event) {
  const form = event.detail.elt.querySelector?.("[data-cell-form]");
  const input = form?.querySelector("[data-picker]") ?? form?.querySelector("[data-first]");
  if (input) {
    part.lastCell = form.closest("td").cellIndex;
    input.focus();
    input.select?.();
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

// --- the open document is part of the address ----------------------------------------------------------------

function storeOpenDocument(event) {
  const link = event.target.closest("[data-doc]");
  if (!link) return;
  const address = new URL(location.href);
  address.searchParams.set("doc", link.dataset.doc);
  history.replaceState(history.state, "", address);
}

function removeClosedPanel(event) {
  if (!event.target.matches("[data-drawer]")) return;
  const address = new URL(location.href);
  const name = address.searchParams.get("doc");
  address.searchParams.delete("doc");
  history.replaceState(history.state, "", address);
  event.target.remove();
  document.querySelector(`[data-doc="${CSS.escape(name ?? "")}"]`)?.focus();
}

// --- filter rows from and to JSON ----------------------------------------------------------------------------

function startFilter(form) {
  const text = form.querySelector("textarea");
  const rows = form.querySelector("[data-conditions]");
  const fields = JSON.parse(form.dataset.fields);
  const operators = JSON.parse(form.dataset.operators);
  const list = document.createElement("datalist");
  list.id = "filter-fields";
  list.append(...fields.map((name) => Object.assign(document.createElement("option"), { value: name })));
  form.append(list);

  const write = () => {
    const conditions = [...rows.children].map(conditionOf).filter(Boolean);
    const names = conditions.map(([name]) => name);
    const hasDuplicates = new Set(names).size < names.length;
    const filter = hasDuplicates
      ? { $and: conditions.map(([name, condition]) => ({ [name]: condition })) }
      : Object.fromEntries(conditions);
    text.value = conditions.length ? JSON.stringify(filter) : "";
  };
  const add = (condition = ["", "$eq", ""]) => {
    const row = document.createElement("div");
    row.className = "flex flex-wrap items-center gap-2 sm:flex-nowrap";
    const name = Object.assign(document.createElement("input"), { value: condition[0], className: "input input-sm max-w-none font-mono min-w-0 flex-1" });
    name.setAttribute("list", list.id);
    name.setAttribute("aria-label", "Field");
    const operator = Object.assign(document.createElement("select"), { className: "select select-sm w-28 shrink-0" });
    operator.setAttribute("aria-label", "Comparison");
    operator.append(...operators.map((sign) => new Option(OPERATOR_LABELS[sign] ?? sign, sign, false, sign === condition[1])));
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
    form.querySelector("[data-unsupported-filter]").classList.toggle("hidden", Boolean(conditions));
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
  if (operator === "$in" || operator === "$nin") return [name, { [operator]: listOf(value) }];
  if (operator === "$regex") return [name, { $regex: value }];
  const operand = literal(value);
  return [name, operator === "$eq" && (typeof operand !== "object" || operand === null) ? operand : { [operator]: operand }];
}

function literal(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function listOf(text) {
  const value = literal(text);
  return Array.isArray(value) ? value : text.split(",").map((part) => literal(part.trim()));
}

const textOf = (value) => (typeof value === "string" && literal(value) === value ? value : JSON.stringify(value));

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
  const conditions = [];
  for (const part of parts) {
    if (typeof part !== "object" || part === null) return null;
    for (const [name, condition] of Object.entries(part)) {
      if (name.startsWith("$")) return null;
      const isComparison = typeof condition === "object" && condition !== null && !Array.isArray(condition);
      const signs = isComparison ? Object.keys(condition) : [];
      if (!isComparison || !signs.some((sign) => sign.startsWith("$"))) conditions.push([name, "$eq", textOf(condition)]);
      else {
        if (!signs.every((sign) => sign in OPERATOR_LABELS)) return null;
        for (const sign of signs) conditions.push([name, sign, WITHOUT_VALUE.has(sign) ? String(condition[sign]) : textOf(condition[sign])]);
      }
    }
  }
  return conditions;
}
