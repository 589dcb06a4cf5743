// The slider over a collection's life, and the time in the field, which is local.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const slider = part.querySelector("[data-slider]");
  const moment = part.querySelector("[data-moment]");
  const shown = () => {
    const at = Date.parse(moment.value) / 1000;
    if (at) slider.value = String(Math.round(at));
    slider.setAttribute("aria-valuetext", moment.value ? moment.value.replace("T", " ") : "now");
  };
  slider.addEventListener("input", () => {
    const date = new Date(Number(slider.value) * 1000);
    // What <input type=datetime-local> takes, in local time.
    moment.value = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
    moment.dispatchEvent(new Event("input"));
  });
  slider.addEventListener("change", () => part.requestSubmit());
  moment.addEventListener("input", shown);
  shown();
}
