// Uploads: dropped or chosen files, size limits, and progress.

const size = (bytes) => (bytes <= 999e3 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function start(form) {
  if (form.started) return;
  form.started = true;
  const input = form.querySelector("input[type=file]");
  const dropZone = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-chosen]");
  const button = form.querySelector("[data-upload-button]");
  const bar = form.querySelector("[data-progress]");
  const limits = form.dataset;

  const show = () => {
    const files = [...input.files];
    const totalSize = files.reduce((sum, file) => sum + file.size, 0);
    const lines = files.map((file) => {
      const isTooLarge = file.size > Number(limits.maxFile);
      return [`${file.name}, ${size(file.size)}${isTooLarge ? ": too large" : ""}`, isTooLarge];
    });
    if (files.length > Number(limits.maxAtOnce)) lines.push([`${files.length} files: too many at once`, true]);
    if (totalSize > Number(limits.maxTogether)) lines.push([`${size(totalSize)} together: too large`, true]);
    list.replaceChildren(
      ...lines.map(([text, isError]) => {
        const item = document.createElement("li");
        item.className = isError ? "name text-error font-medium" : "name";
        item.textContent = text;
        return item;
      }),
    );
    button.disabled = lines.some(([, isError]) => isError);
    document.getElementById("upload-error").replaceChildren();
  };

  input.addEventListener("change", show);
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
    input.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener("htmx:xhr:progress", (event) => {
    if (event.target !== form || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = Math.round((100 * event.detail.loaded) / event.detail.total);
  });
  form.addEventListener("htmx:afterRequest", () => (bar.hidden = true));
}
