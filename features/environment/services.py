"""Environment variables of a database or of the installation, and the settings of the installation.

Variables of a database need `design`; those of the installation, and its settings, an administrator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

import accounts.services
import engine
from accounts.principal import PersonPrincipal, Principal
from accounts.security.encryption import Cipher
from audit import services as audit
from catalog.services.access import lock_database, open_database
from catalog.services.queries import database_key, team_of
from engine.errors import invalid
from features.environment.models import EnvironmentVariable, InstallationSettings

_CIPHER = Cipher("datacube environment variables 1")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
_MAX_HOSTS = 100
_NAME_ERROR = "Must have 1 to 100 letters, digits and '_', and not begin with a digit."
_UNKNOWN = "Variable not found."


@dataclass(frozen=True)
class Variable:
    """A variable. `value` is None if it was encrypted with another SECRET_KEY."""

    name: str
    value: str | None
    created_at: datetime


def list_variables(principal: Principal, database_id: str | None) -> list[Variable]:
    """Return the variables by name."""
    _check(principal, database_id)
    return [_variable(row) for row in _rows(database_id).order_by("name")]


def add_variable(principal: Principal, database_id: str | None, *, name: Any, value: Any) -> Variable:
    """Add a variable. Raises `Invalid` with every error, `Conflict` for a name in use, and `TooLarge`."""
    _check(principal, database_id)
    _check_members(name=name, value=value)
    try:
        with transaction.atomic():
            _check_room(database_id)
            row = EnvironmentVariable(database_id=_pk(database_id), name=name, encrypted=_CIPHER.encrypt(value))
            row.save()
            _audit("variable.create", principal, database_id, name)
    except IntegrityError as error:
        raise engine.Conflict(f"The variable {name} exists already.") from error
    return _variable(row)


def change_variable(
    principal: Principal, database_id: str | None, name: str, *, changes: Mapping[str, Any]
) -> None:
    """Rename a variable or change its value. Raises `NotFound`, `Invalid`, and `Conflict` for a name in use."""
    _check(principal, database_id)
    _check_members(**changes)
    values = {"name": changes["name"]} if "name" in changes else {}
    values |= {"encrypted": _CIPHER.encrypt(changes["value"])} if "value" in changes else {}
    try:
        with transaction.atomic():
            rows = _rows(database_id).filter(name=_known(name))
            count = rows.update(**values) if values else rows.count()
            if count:
                _audit("variable.change", principal, database_id, name)
    except IntegrityError as error:
        raise engine.Conflict(f"The variable {changes['name']} exists already.") from error
    if not count:
        raise engine.NotFound(_UNKNOWN)


def delete_variable(principal: Principal, database_id: str | None, name: str) -> None:
    """Delete a variable. Raises `NotFound`."""
    _check(principal, database_id)
    with transaction.atomic():
        if not _rows(database_id).filter(name=_known(name)).delete()[0]:
            raise engine.NotFound(_UNKNOWN)
        _audit("variable.delete", principal, database_id, name)


def set_variables(principal: Principal, database_id: str | None, variables: Sequence[Mapping[str, Any]]) -> None:
    """Set the named variables, all or none; others stay. Raises `Invalid` with every error."""
    _check(principal, database_id)
    check_variables(variables)
    with transaction.atomic():
        for item in variables:
            _audit("variable.change", principal, database_id, item["name"])
            rows = _rows(database_id).filter(name=item["name"])
            if rows.update(encrypted=_CIPHER.encrypt(item["value"])):
                continue
            _check_room(database_id)
            encrypted = _CIPHER.encrypt(item["value"])
            EnvironmentVariable.objects.create(database_id=_pk(database_id), name=item["name"], encrypted=encrypted)


def _audit(action: str, principal: Principal, database_id: str | None, name: str) -> None:
    """Add an entry: of the database's team, or without a team for a variable of the installation."""
    team = None if database_id is None else team_of(database_id)
    audit.record(action, actor=principal.actor, team=team, target=name, database=database_id or "")


def check_variables(variables: Sequence[Mapping[str, Any]]) -> None:
    """Raise `Invalid` with every error of `{name, value}` pairs, by `envVars.<index>.<member>`."""
    errors = [
        engine.FieldError(f"envVars.{index}.{error.field}", error.message)
        for index, item in enumerate(variables)
        for error in _errors(name=item.get("name"), value=item.get("value"))
    ]
    if errors:
        raise invalid(errors)


def allowed_hosts(principal: Principal) -> list[str]:
    """Return the hosts that functions may call."""
    _check(principal, None)
    return hosts_of_functions()


def hosts_of_functions() -> list[str]:
    """Return the hosts that functions may call, for the service itself."""
    row = InstallationSettings.objects.first()
    return list(row.allowed_hosts) if row else []


def values_for_functions(database_id: str) -> dict[str, str]:
    """Return the variables that functions of a database receive: the installation's, then those of the database.

    For the service itself; omits values that were encrypted with another SECRET_KEY.
    """
    variables = [_variable(row) for scope in (None, database_id) for row in _rows(scope)]
    return {item.name: item.value for item in variables if item.value is not None}


def set_allowed_hosts(principal: Principal, hosts: Sequence[Any]) -> None:
    """Set the hosts that functions may call. Raises `Invalid` with every error."""
    _check(principal, None)
    check_hosts(hosts)
    InstallationSettings.objects.update_or_create(pk=1, defaults={"allowed_hosts": [*hosts]})


def maintenance() -> str | None:
    """Return the message of the maintenance, which may be empty, or None while the installation is in none."""
    return InstallationSettings.objects.filter(pk=1).values_list("maintenance", flat=True).first()


def set_maintenance(message: str | None) -> None:
    """Begin a maintenance with a message, or end it with None; for the operator. Processes read it every second."""
    with transaction.atomic():
        InstallationSettings.objects.update_or_create(pk=1, defaults={"maintenance": message and message[:200]})
        audit.record("maintenance.off" if message is None else "maintenance.on", actor="operator", team=None)


def check_hosts(hosts: Sequence[Any]) -> None:
    """Raise `Invalid` with every error of hosts, by `allowedHosts.<index>`."""
    errors = [
        engine.FieldError(f"allowedHosts.{index}", "Must be a host, or a host and a port such as example.org:443.")
        for index, host in enumerate(hosts)
        if type(host) is not str or not _HOST.fullmatch(host)
    ]
    if len(hosts) > _MAX_HOSTS:
        errors = [engine.FieldError("allowedHosts", f"At most {_MAX_HOSTS} hosts.")]
    if errors:
        raise invalid(errors)


def _check(principal: Principal, database_id: str | None) -> None:
    if database_id is not None:
        open_database(principal, database_id).require(engine.Action.DESIGN)
    elif (
        not isinstance(principal, PersonPrincipal)
        or not accounts.services.people.profile(principal.user_id).is_admin
    ):
        raise engine.Forbidden("Only an administrator of this installation may do this.")


def _check_members(**members: Any) -> None:
    if errors := _errors(**members):
        raise invalid(errors)


def _errors(**members: Any) -> list[engine.FieldError]:
    errors = []
    if "name" in members and not (type(members["name"]) is str and _NAME.fullmatch(members["name"])):
        errors.append(engine.FieldError("name", _NAME_ERROR))
    value = members.get("value", "")
    if type(value) is not str or "\0" in value or len(value.encode()) > settings.MAX_VARIABLE_BYTES:
        text = f"Must be a string of at most {settings.MAX_VARIABLE_BYTES} bytes (MAX_VARIABLE_BYTES) without NUL."
        errors.append(engine.FieldError("value", text))
    return errors


def _check_room(database_id: str | None) -> None:
    if database_id is not None:
        lock_database(database_id)
    if _rows(database_id).count() >= settings.MAX_VARIABLES:
        raise engine.TooLarge(f"At most {settings.MAX_VARIABLES} variables (MAX_VARIABLES).")


def _rows(database_id: str | None) -> Any:
    if database_id is None:
        return EnvironmentVariable.objects.filter(database=None)
    return EnvironmentVariable.objects.filter(database__public_id=database_id)


def _pk(database_id: str | None) -> int | None:
    return None if database_id is None else database_key(database_id)


def _known(name: str) -> str:
    """Return a name of the address that can be one of a variable. Raises `NotFound`."""
    if not _NAME.fullmatch(name):
        raise engine.NotFound(_UNKNOWN)
    return name


def _variable(row: EnvironmentVariable) -> Variable:
    return Variable(row.name, _CIPHER.decrypt(row.encrypted), row.created_at)


def copy_variables(principal: Principal, database_id: str, *, to: str) -> None:
    """Copy the variables of a database to a new one. Needs `design`."""
    _check(principal, database_id)
    key = database_key(to)
    rows = [
        EnvironmentVariable(database_id=key, name=row.name, encrypted=row.encrypted) for row in _rows(database_id)
    ]
    EnvironmentVariable.objects.bulk_create(rows)
