"""Links that change something: duplicate a database, replace its ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

import features.jobs.services
import features.jobs.tasks
from accounts.principal import AccountPrincipal
from catalog.naming import slug, with_suffix
from catalog.services.access import open_database
from catalog.services.metadata.attributes import read_profile
from catalog.services.metadata.databases import share_clone
from catalog.services.metadata.sharing import (
    caller_of_link,
    reader_of,
    regenerate_readonly_id,
    regenerate_shared_id,
)
from dialects.airsequel.pages import CREDENTIALS, ConfirmedView, FormPage
from dialects.airsequel.views import account_of, addressed, owned
from engine import Action
from features.apps.services import copy_apps
from features.charts.services import copy_charts
from features.environment.services import copy_variables

_DUPLICATE = FormPage(
    "Duplicate this database?",
    ("A copy of its tables, rows, files, charts and apps is created in your own team.",),
    button="Duplicate",
    fields=CREDENTIALS,
)
_DUPLICATED = FormPage("The database is duplicated", ("A large one appears when its copy is complete.",))


class DuplicateView(ConfirmedView):
    page = _DUPLICATE
    done = _DUPLICATED

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        principal, (_, database_id) = account_of(request), addressed(request, names["db_id"])
        return {"id": duplicate(principal, database_id)}


class LinkedDuplicateView(ConfirmedView):
    page = _DUPLICATE
    done = _DUPLICATED

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        principal, (_, database_id) = account_of(request), caller_of_link(names["readonly_id"])
        return {"id": duplicate(principal, database_id)}


class RegenerateIdView(ConfirmedView):
    page = FormPage(
        "Regenerate the id of this database?",
        ("Programs and people that use the present id lose access at once.",),
        button="Regenerate",
        fields=CREDENTIALS,
    )
    done = FormPage("The database has a new id")

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        return {"id": regenerate_shared_id(*owned(request, names["db_id"]))}


class RegenerateReadonlyIdView(ConfirmedView):
    page = FormPage(
        "Regenerate the read-only id of this database?",
        ("The present read-only link stops working at once.",),
        button="Regenerate",
        fields=CREDENTIALS,
    )
    done = FormPage("The database has a new read-only id")

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        return {"readonlyId": regenerate_readonly_id(*owned(request, names["db_id"]))}


def _copy_features(reader: AccountPrincipal, database_id: str, clone_id: str) -> None:
    """Copy charts, dashboards and apps, and variables for those who may read them."""
    copy_charts(reader, database_id, to=clone_id)
    copy_apps(reader, database_id, to=clone_id)
    if Action.DESIGN in open_database(reader, database_id).allowed:
        copy_variables(reader, database_id, to=clone_id)


def duplicate(principal: AccountPrincipal, database_id: str) -> str:
    """Copy a database that the principal may read by its address, and return the id of the copy."""
    reader = reader_of(principal, database_id)
    title = read_profile(reader, database_id).name
    job_id, clone_id = features.jobs.services.clone_to(
        principal, database_id, name=with_suffix(slug(title)), at=None, reader=reader
    )
    shared_id = share_clone(clone_id, title=title)
    _copy_features(reader, database_id, clone_id)
    status = features.jobs.tasks.start(reader, job_id)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    return shared_id
