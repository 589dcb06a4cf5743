"""Apps of a database: pages of HTML. Reading needs `read`, changing `design`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.naming import new_ulid
from catalog.services.access import lock_database, open_database
from catalog.services.queries import database_key
from engine.errors import invalid
from features.apps.models import App

_MAX_NAME = 200
_NO_APP = "App not found."


@dataclass(frozen=True)
class AppSummary:
    """An app without its page."""

    id: str
    name: str
    created_at: datetime
    changed_at: datetime


def list_apps(principal: Principal, database_id: str) -> list[AppSummary]:
    """Return the apps in the order of their creation."""
    open_database(principal, database_id).require(engine.Action.READ)
    return [_summary(row) for row in _rows(database_id).defer("html").order_by("pk")]


def page_of(principal: Principal, database_id: str, app_id: str) -> str:
    """Return the HTML of an app. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.READ)
    html = _rows(database_id).filter(pk=_id(app_id)).values_list("html", flat=True).first()
    if html is None:
        raise engine.NotFound(_NO_APP)
    return str(html)


def add_app(principal: Principal, database_id: str, *, name: Any, html: Any) -> AppSummary:
    """Store an app. Raises `Invalid` with every error, and `TooLarge` at MAX_APPS or MAX_APP_BYTES."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    _check_members(name=name, html=html)
    with transaction.atomic():
        lock_database(database_id)
        if _rows(database_id).count() >= settings.MAX_APPS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_APPS} apps (MAX_APPS).")
        row = App.objects.create(pk=new_ulid(), database_id=database_key(database_id), name=name, html=html)
    return _summary(row)


def replace_app(principal: Principal, database_id: str, app_id: str, *, name: Any, html: Any) -> AppSummary:
    """Replace the name and page of an app. Raises `NotFound`, and as `add_app`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    _check_members(name=name, html=html)
    with transaction.atomic():
        row = _rows(database_id).select_for_update().filter(pk=_id(app_id)).first()
        if row is None:
            raise engine.NotFound(_NO_APP)
        row.name, row.html = name, html
        row.save()
    return _summary(row)


def delete_app(principal: Principal, database_id: str, app_id: str) -> None:
    """Delete an app. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    if not _rows(database_id).filter(pk=_id(app_id)).delete()[0]:
        raise engine.NotFound(_NO_APP)


def _check_members(*, name: Any, html: Any) -> None:
    errors = []
    if type(name) is not str or not 1 <= len(name) <= _MAX_NAME or "\0" in name:
        errors.append(engine.FieldError("name", f"Must be a string of 1 to {_MAX_NAME} characters without NUL."))
    if type(html) is not str or "\0" in html:
        errors.append(engine.FieldError("html", "Must be a string without NUL."))
    elif len(html.encode()) > settings.MAX_APP_BYTES:
        raise engine.TooLarge(f"An app has at most {settings.MAX_APP_BYTES} bytes (MAX_APP_BYTES).")
    if errors:
        raise invalid(errors)


def _rows(database_id: str) -> Any:
    return App.objects.filter(database__public_id=database_id)


def _id(text: str) -> str:
    """Return an id of the address, without NUL, which SQL would refuse."""
    return text.replace("\0", "")


def _summary(row: App) -> AppSummary:
    return AppSummary(row.pk, row.name, row.created_at, row.changed_at)


def copy_apps(principal: Principal, database_id: str, *, to: str) -> None:
    """Copy the apps of a database to a new one. Needs `read`."""
    open_database(principal, database_id).require(engine.Action.READ)
    key = database_key(to)
    App.objects.bulk_create(
        App(pk=new_ulid(), database_id=key, name=row.name, html=row.html)
        for row in _rows(database_id).order_by("pk")
    )
