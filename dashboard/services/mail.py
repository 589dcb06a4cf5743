"""Mail of a database: templates with preview and test mail, opt-outs, and delivery status."""

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
from dashboard.layout.base import BAD_REQUEST, SURFACE, SettingsPage
from dashboard.services.mail_forms import SampleForm, TemplateForm
from features.mail import stored
from features.mail.templates import sample_values
from web.throttling import consume

_MAX_LISTED_MAILS = 20
_HOUR = 3600
# Styles of the mail apply; scripts do not run, and nothing is loaded from other sites.
_PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


class MailPage(SettingsPage):
    """A page about mail. `store` opens the mail collections for the user."""

    page = "mail"
    store: stored.Store

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.READ)
        self.store = stored.Store(self.principal, database_id, SURFACE)
        return database

    def rights(self) -> dict[str, bool]:
        """Return what the user may do with templates, as template variables."""
        allowed = self.database.allowed
        return {
            "may_add": engine.Action.INSERT in allowed,
            "may_change": engine.Action.WRITE in allowed,
            "may_delete": engine.Action.DELETE in allowed,
        }


class MailTemplatesPage(MailPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def render_page(self, *, email: str = "", error: str = "", status: int = 200) -> HttpResponse:
        counts = self.store.counts()
        context = {
            **self.rights(),
            "templates": self.store.templates(),
            "opt_outs": self.store.opt_outs(),
            "max_listed": stored.MAX_LISTED,
            "counts": [(name, counts.get(name, 0)) for name in ("queued", "sent", "unsubscribed", "failed")],
            "mails": self.store.latest_mails(limit=_MAX_LISTED_MAILS),
            "sender": settings.DEFAULT_FROM_EMAIL,
            "writes_files": settings.SHOWS_MAIL,
            "per_hour": settings.MAILS_PER_HOUR,
            "typed_email": email,
            "opt_out_error": error,
        }
        return self.show("mail.html", context, status=status)


class AddOptOutView(MailTemplatesPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        return self.redirect("mail", database_id)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        email = request.POST.get("email", "")
        try:
            self.store.add_opt_out(email)
        except engine.Invalid as error:
            message = error.errors[0].message if error.errors else error.message
            return self.render_page(email=email, error=message, status=BAD_REQUEST)
        return self.redirect("mail", database_id, message="Address added to the opt-outs.")


class RemoveOptOutView(MailPage):
    def post(self, request: HttpRequest, database_id: str, opt_out_id: str) -> HttpResponse:
        self.open(database_id)
        self.store.remove_opt_out(opt_out_id)
        return self.redirect("mail", database_id, message="Address removed from the opt-outs.")


class TemplateEditorPage(MailPage):
    """The form of a template, with a preview and a test mail of the submitted text."""

    def editor(self, form: TemplateForm, *, template: stored.Template | None, **extra: Any) -> HttpResponse:
        status = extra.pop("status", 200)
        samples = extra.pop("samples", None) or SampleForm(initial={"values": _sample_text(form)})
        context = {
            **self.rights(),
            "crumb": template.name if template else "New template",
            "form": form,
            "samples": samples,
            "template": template,
            "version": self.request.POST.get("version") or (template.version if template else ""),
            "email": self.principal.email,
            "is_verified": self.principal.verified,
            **extra,
        }
        context["may_save"] = context["may_change" if template else "may_add"]
        return self.show("mail_template.html", context, status=status)

    def refused(
        self, form: TemplateForm, error: engine.Error, *, template: stored.Template | None = None
    ) -> HttpResponse:
        form.add_errors(error)
        samples = SampleForm(self.request.POST)
        return self.editor(form, template=template, samples=samples, status=BAD_REQUEST)


class NewTemplateView(TemplateEditorPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        return self.editor(TemplateForm(), template=None)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        form = TemplateForm(request.POST)
        if not form.is_valid():
            return self.editor(form, template=None, samples=SampleForm(request.POST), status=BAD_REQUEST)
        try:
            template_id = self.store.add_template(**form.cleaned_data)
        except (engine.Invalid, engine.Conflict) as error:
            return self.refused(form, error)
        return self.redirect("mail-template", database_id, template_id, message="Template created.")


class TemplateView(TemplateEditorPage):
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
            return self.editor(form, template=template, samples=SampleForm(request.POST), status=BAD_REQUEST)
        try:
            number = int(version) if version.isdecimal() and len(version) < 12 else 0
            self.store.change_template(template_id, **form.cleaned_data, version=number)
        except engine.Outdated:
            text = "Another user has changed this template. Copy your text and load the page again."
            return self.refused(form, engine.Conflict(text), template=template)
        except (engine.Invalid, engine.Conflict) as error:
            return self.refused(form, error, template=template)
        return self.redirect("mail-template", database_id, template_id, message="Template saved.")


class DeleteTemplateView(MailPage):
    def post(self, request: HttpRequest, database_id: str, template_id: str) -> HttpResponse:
        self.open(database_id)
        self.store.delete_template(template_id)
        return self.redirect("mail", database_id, message="Template deleted.")


class MailPreviewView(MailPage):
    """Preview of the submitted template with sample values, for an iframe of the editor."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form = SampleForm(request.POST)
        context: dict[str, Any] = {"errors": [*_errors_of(form)]}
        if form.is_valid():
            values = form.cleaned_data
            try:
                subject, html = stored.preview(values["subject"], values["html"], values["values"])
                context |= {"subject": subject, "html": html}
            except engine.TooLarge as error:
                context["errors"] = [error.message]
        response = render(request, "dashboard/mail_preview.html", context)
        response.headers["Content-Security-Policy"] = _PREVIEW_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response


class SendTestMailView(TemplateEditorPage):
    """Send the submitted template to the user's own verified address."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.INSERT)
        form, samples = TemplateForm(request.POST), SampleForm(request.POST)
        template_id = request.POST.get("template", "")
        template = self.store.template(template_id) if template_id else None
        if not self.principal.verified:
            raise engine.Forbidden("Verify your e-mail address before you send a test mail.")
        if not samples.is_valid():
            return self.editor(form, template=template, samples=samples, status=BAD_REQUEST)
        try:
            self._send(samples.cleaned_data)
        except (engine.Invalid, engine.TooLarge) as error:
            return self.refused(form, error, template=template)
        return self.editor(form, template=template, samples=samples, sent_to=self.principal.email)

    def _send(self, values: dict[str, Any]) -> None:
        subject, html = stored.preview(values["subject"], values["html"], values["values"])
        team = catalog.services.access.team_of(self.principal, self.database.id)

        def admit(count: int) -> None:
            consume("mail", str(team), limit=settings.MAILS_PER_HOUR, window=_HOUR, amount=count)

        mail = {"to": self.principal.email, "subject": subject or "(no subject)", "html": html}
        ids = features.mail.services.accept(self.principal, self.database.id, mail, surface=SURFACE, admit=admit)
        features.mail.tasks.start(self.database.id, ids)


def _sample_text(form: TemplateForm) -> str:
    values = sample_values(str(form["subject"].value() or ""), str(form["html"].value() or ""))
    return json.dumps(values, indent=2, ensure_ascii=False) if values else "{}"


def _errors_of(form: SampleForm) -> list[str]:
    return [f"{form[name].label}: {' '.join(map(str, texts))}" for name, texts in form.errors.items()]
