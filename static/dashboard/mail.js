// The preview of a template: the submitted text goes to an iframe, without htmx.

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
