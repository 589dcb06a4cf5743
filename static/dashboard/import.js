// Files that are dropped, a preview of how they begin, and how far their upload is.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const file = part.querySelector("#import-file");
  const text = part.querySelector("#import-text");
  const collection = part.querySelector("#import-collection");
  const zone = part.querySelector("[data-drop]");
  const head = Number(part.dataset.head);
  let timer;

  const preview = async (rowsFrom) => {
    const chosen = file.files[0];
    const most = Number(part.dataset.most);
    const told = part.querySelector("[data-file-name]");
    if (chosen) told.textContent = `${chosen.name}, ${(chosen.size / 1e6).toFixed(1)} MB`;
    if (chosen && chosen.size > most) {
      told.textContent = `${chosen.name} is too large. The limit is ${(most / 1e6).toFixed(0)} MB.`;
      return;
    }
    const begin = chosen ? await chosen.slice(0, head).text() : text.value.slice(0, head);
    if (!begin.trim()) {
      document.getElementById("preview").replaceChildren();
      return;
    }
    const complete = chosen ? chosen.size <= head : text.value.length <= head;
    window.htmx.ajax("POST", part.dataset.preview, {
      source: part.querySelector("[data-file-name]"),
      target: "#preview",
      swap: "innerHTML",
      values: { ...(typeof rowsFrom === "string" && { rows_from: rowsFrom }), head: begin, complete: String(complete), name: chosen ? chosen.name : "pasted.json", collection: collection.value },
    });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => preview(part.querySelector("[data-rows-from]")?.value), 300);
  };

  file.addEventListener("change", () => preview());
  part.addEventListener("change", (event) => {
    if (event.target.matches("[data-rows-from]")) preview(event.target.value);
  });
  text.addEventListener("input", soon);
  collection.addEventListener("input", soon);
  for (const name of ["dragover", "dragenter"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.dataset.over = "";
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    file.files = event.dataTransfer.files;
    preview();
  });

  part.addEventListener("htmx:xhr:progress", (event) => {
    if (event.target !== part || !event.detail.lengthComputable) return;
    const bar = part.querySelector("[data-upload]");
    const done = Math.round((100 * event.detail.loaded) / event.detail.total);
    bar.hidden = false;
    bar.value = done;
    part.querySelector("[data-upload-text]").textContent = done < 100 ? `uploading, ${done} %` : "uploaded, starting…";
  });
}
