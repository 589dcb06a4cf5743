"""Plain text mails, each a template whose first line is the subject."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string


def send(to: str, *, template: str, **context: str | int) -> None:
    """Renders `templates/mail/<template>.txt` and sends it; raises `OSError` when it cannot be handed over."""
    text = render_to_string(f"mail/{template}.txt", {"base_url": settings.BASE_URL, **context})
    subject, _, body = text.partition("\n")
    send_mail(subject.strip(), body.lstrip(), settings.DEFAULT_FROM_EMAIL, [to])


def link(path: str) -> str:
    """An address in a mail comes from the settings alone, never from a request."""
    return f"{settings.BASE_URL}{path}"
