"""Mail of a database: templates with preview and test mail, opt-outs, and the state of sending."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import catalog.services
import engine
import features.mail.services
import features.mail.tasks
from dashboard.layout.base import FAULTY, SURFACE, SettingsPage
from dashboard.services.mail_forms import SampleForm, TemplateForm
from features.mail import stored
from features.mail.templates import sample_values
from web.throttling import consume

_LATEST = 20
_HOUR = 3600
# A mail's own styles are shown; nothing is run, and nothing is loaded from elsewhere.
_PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


class MailPage(SettingsPage):
    """A page about mail; `store` opens the mail collections for the caller."""

    page = "mail"
    store: stored.Store

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.READ)
        self.store = stored.Store(self.principal, database_id, SURFACE)
        return database

    def rights(self) -> dict[str, bool]:
        """Return what the caller may do with templates, for the page."""
        allowed = self.database.allowed
        return {
            "may_add": engine.Action.INSERT in allowed,
            "may_change": engine.Action.WRITE in allowed,
            "may_delete": engine.Action.DELETE in allowed,
        }


class Mail(MailPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.shown()

    def shown(self, *, email: str = "", error: str = "", status: int = 200) -> HttpResponse:
        counts = self.store.counts()
        context = {
            **self.rights(),
            "templates": self.store.templates(),
            "opt_outs": self.store.opt_outs(),
            "max_listed": stored.MAX_LISTED,
            "counts": [(name, counts.get(name, 0)) for name in ("queued", "sent", "unsubscribed", "failed")],
            "mails": self.store.latest_mails(limit=_LATEST),
            "sender": settings.DEFAULT_FROM_EMAIL,
            "writes_files": settings.SHOWS_MAIL,
            "per_hour": settings.MAILS_PER_HOUR,
            "typed_email": email,
            "opt_out_error": error,
        }
        return self.show("mail.html", context, status=status)


class AddOptOut(Mail):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        return self.go("mail", database_id)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        email = request.POST.get("email", "")
        try:
            self.store.add_opt_out(email)
        except engine.Invalid as problem:
            message = problem.errors[0].message if problem.errors else problem.message
            return self.shown(email=email, error=message, status=FAULTY)
        return self.go("mail", database_id, say="Address added to the opt-outs.")


class RemoveOptOut(MailPage):
    def post(self, request: HttpRequest, database_id: str, opt_out_id: str) -> HttpResponse:
        self.open(database_id)
        self.store.remove_opt_out(opt_out_id)
        return self.go("mail", database_id, say="Address removed from the opt-outs.")


class TemplateEditor(MailPage):
    """The form of a template, with a preview and a test mail of what is typed."""

    def editor(self, form: TemplateForm, *, template: stored.Template | None, **more: Any) -> HttpResponse:
        status = more.pop("status", 200)
        samples = more.pop("samples", None) or SampleForm(initial={"values": _sample_text(form)})
        context = {
            **self.rights(),
            "crumb": template.name if template else "New template",
            "form": form,
            "samples": samples,
            "template": template,
            "version": self.request.POST.get("version") or (template.version if template else ""),
            "email": self.principal.email,
            "is_verified": self.principal.verified,
            **more,
        }
        context["may_save"] = context["may_change" if template else "may_add"]
        return self.show("mail_template.html", context, status=status)

    def refused(
        self, form: TemplateForm, problem: engine.Error, *, template: stored.Template | None = None
    ) -> HttpResponse:
        form.take(problem)
        samples = SampleForm(self.request.POST)
        return self.editor(form, template=template, samples=samples, status=FAULTY)


class NewTemplate(TemplateEditor):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        return self.editor(TemplateForm(), template=None)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        form = TemplateForm(request.POST)
        if not form.is_valid():
            return self.editor(form, template=None, samples=SampleForm(request.POST), status=FAULTY)
        try:
            template_id = self.store.add_template(**form.cleaned_data)
        except (engine.Invalid, engine.Conflict) as problem:
            return self.refused(form, problem)
        return self.go("mail-template", database_id, template_id, say="Template created.")


class Template(TemplateEditor):
    def get(self, request: HttpRequest, database_id: str, template_id: str) -> HttpResponse:
        self.open(database_id)
        template = self.store.template(template_id)
        form = TemplateForm(initial={"name": template.name, "subject": template.subject, "html": template.html})
        return self.editor(form, template=template)

    def post(self, request: HttpRequest, database_id: str, template_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.WRITE)
        form, template = TemplateForm(request.POST), self.store.template(template_id)
        version = request.POST.get("version", "")
        if not form.is_valid():
            return self.editor(form, template=template, samples=SampleForm(request.POST), status=FAULTY)
        try:
            number = int(version) if version.isdecimal() and len(version) < 12 else 0
            self.store.change_template(template_id, **form.cleaned_data, version=number)
        except engine.Outdated:
            text = "Somebody else has changed this template. Copy your text and load the page again."
            return self.refused(form, engine.Conflict(text), template=template)
        except (engine.Invalid, engine.Conflict) as problem:
            return self.refused(form, problem, template=template)
        return self.go("mail-template", database_id, template_id, say="Template saved.")


class DeleteTemplate(MailPage):
    def post(self, request: HttpRequest, database_id: str, template_id: str) -> HttpResponse:
        self.open(database_id)
        self.store.delete_template(template_id)
        return self.go("mail", database_id, say="Template deleted.")


class Preview(MailPage):
    """A template as it is typed, with sample values, for a frame of the editor."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form = SampleForm(request.POST)
        context: dict[str, Any] = {"errors": [*_errors_of(form)]}
        if form.is_valid():
            given = form.cleaned_data
            try:
                subject, html = stored.preview(given["subject"], given["html"], given["values"])
                context |= {"subject": subject, "html": html}
            except engine.TooLarge as problem:
                context["errors"] = [problem.message]
        answer = render(request, "dashboard/mail_preview.html", context)
        answer.headers["Content-Security-Policy"] = _PREVIEW_POLICY
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer


class SendTest(TemplateEditor):
    """A mail to the caller's own verified address, of the template as it is typed."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        form, samples = TemplateForm(request.POST), SampleForm(request.POST)
        template_id = request.POST.get("template", "")
        template = self.store.template(template_id) if template_id else None
        if not self.principal.verified:
            raise engine.Forbidden("Verify your e-mail address before you send a test mail.")
        if not samples.is_valid():
            return self.editor(form, template=template, samples=samples, status=FAULTY)
        try:
            self._send(samples.cleaned_data)
        except (engine.Invalid, engine.TooLarge) as problem:
            return self.refused(form, problem, template=template)
        return self.editor(form, template=template, samples=samples, sent_to=self.principal.email)

    def _send(self, given: dict[str, Any]) -> None:
        subject, html = stored.preview(given["subject"], given["html"], given["values"])
        team = catalog.services.team_of(self.principal, self.database.id)

        def admit(count: int) -> None:
            consume("mail", str(team), limit=settings.MAILS_PER_HOUR, window=_HOUR, amount=count)

        mail = {"to": self.principal.email, "subject": subject or "(no subject)", "html": html}
        ids = features.mail.services.accept(self.principal, self.database.id, mail, surface=SURFACE, admit=admit)
        features.mail.tasks.start(self.database.id, ids)


def _sample_text(form: TemplateForm) -> str:
    values = sample_values(str(form["subject"].value() or ""), str(form["html"].value() or ""))
    return json.dumps(values, indent=2, ensure_ascii=False) if values else "{}"


def _errors_of(form: SampleForm) -> list[str]:
    return [f"{form[name].label}: {' '.join(texts)}" for name, texts in form.errors.items()]
