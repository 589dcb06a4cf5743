// The time slider of a collection's history, and the time input in local time.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const slider = part.querySelector("[data-slider]");
  const timeInput = part.querySelector("[data-time]");
  const showTime = () => {
    const at = Date.parse(timeInput.value) / 1000;
    if (at) slider.value = String(Math.round(at));
    slider.setAttribute("aria-valuetext", timeInput.value ? timeInput.value.replace("T", " ") : "now");
  };
  slider.addEventListener("input", () => {
    const date = new Date(Number(slider.value) * 1000);
    // The value of <input type=datetime-local>, in local time.
    timeInput.value = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
    timeInput.dispatchEvent(new Event("input"));
  });
  slider.addEventListener("change", () => part.requestSubmit());
  timeInput.addEventListener("input", showTime);
  showTime();
}
