// The slider over a collection's life, and the moment that it says; both are in UTC.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const slider = part.querySelector("[data-slider]");
  const moment = part.querySelector("[data-moment]");
  const shown = () => {
    const at = Date.parse(`${moment.value}Z`) / 1000;
    if (at) slider.value = String(Math.round(at));
    slider.setAttribute("aria-valuetext", moment.value ? `${moment.value.replace("T", " ")} UTC` : "now");
  };
  slider.addEventListener("input", () => {
    moment.value = new Date(Number(slider.value) * 1000).toISOString().slice(0, 23);
    shown();
  });
  slider.addEventListener("change", () => part.requestSubmit());
  moment.addEventListener("input", shown);
  shown();
}
