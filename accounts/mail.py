"""Plain-text mails from templates; the first line of a template is the subject."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string


@dataclass(frozen=True)
class OutgoingMail:
    """A rendered mail. `page` is the URL of its link for people."""

    to: str
    subject: str
    body: str = field(repr=False)
    page: str = field(repr=False)


def compose(to: str, *, template: str, **context: str | int) -> OutgoingMail:
    """Render `templates/mail/<template>.txt`."""
    text = render_to_string(f"mail/{template}.txt", {"base_url": settings.BASE_URL, **context})
    subject, _, body = text.partition("\n")
    return OutgoingMail(to, subject.strip(), body.lstrip(), str(context.get("page", "")))


def deliver(mail: OutgoingMail) -> None:
    """Send a mail. Raises `OSError` if the mail server does not accept it."""
    send_mail(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to])


def send(to: str, *, template: str, **context: str | int) -> None:
    """Compose and deliver a mail."""
    deliver(compose(to, template=template, **context))


def link(path: str) -> str:
    """Return a URL for a mail, from BASE_URL and never from the request."""
    return f"{settings.BASE_URL}{path}"
