// The preview of a template: what is typed goes to a frame beside it, and not through htmx.

export function start(form) {
  if (form.started) return;
  form.started = true;
  form.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.hasAttribute("formtarget")) event.stopImmediatePropagation();
    },
    true,
  );
  form.requestSubmit(form.querySelector("[data-preview]"));
}
