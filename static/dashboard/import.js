// Import: dropped files, a preview of the first documents, and upload progress.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const file = part.querySelector("#import-file");
  const text = part.querySelector("#import-text");
  const collection = part.querySelector("#import-collection");
  const dropZone = part.querySelector("[data-drop]");
  const previewBytes = Number(part.dataset.previewBytes);
  let timer;

  const preview = async (rowsFrom) => {
    const chosen = file.files[0];
    const maxBytes = Number(part.dataset.maxBytes);
    const fileLabel = part.querySelector("[data-file-name]");
    if (chosen) fileLabel.textContent = `${chosen.name}, ${(chosen.size / 1e6).toFixed(1)} MB`;
    if (chosen && chosen.size > maxBytes) {
      fileLabel.textContent = `${chosen.name} is too large. The limit is ${(maxBytes / 1e6).toFixed(0)} MB.`;
      return;
    }
    const beginning = chosen ? await chosen.slice(0, previewBytes).text() : text.value.slice(0, previewBytes);
    if (!beginning.trim()) {
      document.getElementById("preview").replaceChildren();
      return;
    }
    const complete = chosen ? chosen.size <= previewBytes : text.value.length <= previewBytes;
    window.htmx.ajax("POST", part.dataset.preview, {
      source: part.querySelector("[data-file-name]"),
      target: "#preview",
      swap: "innerHTML",
      values: { ...(typeof rowsFrom === "string" && { rows_from: rowsFrom }), head: beginning, complete: String(complete), name: chosen ? chosen.name : "", collection: collection.value },
    });
  };
  const previewLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => preview(part.querySelector("[data-rows-from]")?.value), 300);
  };

  file.addEventListener("change", () => preview());
  part.addEventListener("change", (event) => {
    if (event.target.matches("[data-rows-from]")) preview(event.target.value);
  });
  text.addEventListener("input", previewLater);
  collection.addEventListener("input", previewLater);
  for (const name of ["dragover", "dragenter"]) {
    dropZone.addEventListener(name, (event) => {
      event.preventDefault();
      dropZone.dataset.over = "";
    });
  }
  for (const name of ["dragleave", "drop"]) dropZone.addEventListener(name, () => delete dropZone.dataset.over);
  dropZone.addEventListener("drop", (event) => {
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
