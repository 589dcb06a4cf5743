"""Plain text mails, each a template whose first line is the subject."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string


@dataclass(frozen=True)
class Mail:
    """One mail, ready to be sent; `page` is where its link leads people."""

    to: str
    subject: str
    body: str = field(repr=False)
    page: str = field(repr=False)


def compose(to: str, *, template: str, **context: str | int) -> Mail:
    """Renders `templates/mail/<template>.txt`."""
    text = render_to_string(f"mail/{template}.txt", {"base_url": settings.BASE_URL, **context})
    subject, _, body = text.partition("\n")
    return Mail(to, subject.strip(), body.lstrip(), str(context.get("page", "")))


def hand_over(mail: Mail) -> None:
    """Raises `OSError` when it cannot be handed over."""
    send_mail(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to])


def send(to: str, *, template: str, **context: str | int) -> None:
    """Composes and hands over."""
    hand_over(compose(to, template=template, **context))


def link(path: str) -> str:
    """An address in a mail comes from the settings alone, never from a request."""
    return f"{settings.BASE_URL}{path}"
