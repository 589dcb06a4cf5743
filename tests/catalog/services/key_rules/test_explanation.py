"""Explanations of keys in this process: the rules that no request of a living key reaches, and their messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import engine
from accounts.models import ApiKey, Membership, User
from accounts.principal import PersonPrincipal
from accounts.services import keys
from catalog.services.creation import create_database
from catalog.services.key_rules.explanation import RULES, KeyExplanation, Question, explain
from engine import Action
from tests.catalog.conftest import FIELDS
from tests.support import MISSING_ID


@pytest.fixture
def key(owner: PersonPrincipal, database: engine.Database) -> ApiKey:
    """Return a key that may read and insert in all databases of its team."""
    created = keys.create_key(owner, name="backend", actions=["read", "insert"])
    return ApiKey.objects.get(pk=created.id)


def explained(owner: PersonPrincipal, key: ApiKey, database_id: str, **question: Any) -> tuple[bool, str, str]:
    asked = Question(question.pop("action", Action.READ), database_id, **question)
    answer = explain(owner, key_id=str(key.pk), question=asked)
    assert isinstance(answer, KeyExplanation) and answer.key_id == key.pk and answer.rule in RULES
    return answer.allowed, answer.rule, answer.message


def test_a_key_that_has_ended(owner: PersonPrincipal, key: ApiKey, database: engine.Database) -> None:
    row, at = ApiKey.objects.filter(pk=key.pk), timezone.now()
    row.update(expires_at=at + timedelta(days=1))
    assert explained(owner, key, database.id)[:2] == (True, "action")
    row.update(expires_at=at)
    assert explained(owner, key, database.id) == (False, "expired", "The key has expired.")
    row.update(revoked_at=at)
    assert explained(owner, key, database.id) == (False, "revoked", "The key was revoked.")


def test_a_key_without_an_active_owner(owner: PersonPrincipal, key: ApiKey, database: engine.Database) -> None:
    User.objects.filter(pk=owner.user_id).update(is_active=False)
    allowed, rule, message = explained(owner, key, database.id)
    assert (allowed, rule) == (False, "owner")
    assert "not an active member of its team" in message


@pytest.mark.parametrize(
    ("role", "action", "rule"),
    [
        ("viewer", Action.READ, "action"),
        ("viewer", Action.INSERT, "role"),
        ("editor", Action.INSERT, "action"),
        ("editor", Action.DESIGN, "role"),
        ("admin", Action.OWN, "role"),
        ("owner", Action.OWN, "action"),
    ],
)
def test_the_role_of_the_creator_limits_a_key(
    owner: PersonPrincipal, key: ApiKey, database: engine.Database, role: str, action: Action, rule: str
) -> None:
    Membership.objects.filter(user=owner.user_id).update(role=role)
    allowed, decided, message = explained(owner, key, database.id, action=action)
    assert (allowed, decided) == (rule == "action" and action.value in key.actions, rule)
    if rule == "role":
        assert message.startswith(f"The role {role!r}") and f"does not allow {action.value!r}" in message


def test_the_database_of_another_team_is_as_a_missing_one(
    owner: PersonPrincipal, key: ApiKey, database: engine.Database, make_principal: Any
) -> None:
    foreign, _ = create_database(make_principal(), name="foreign", collections=[{"name": "a", "fields": FIELDS}])
    answers = {explained(owner, key, database_id) for database_id in (foreign.id, MISSING_ID, "x", "")}
    assert answers == {(False, "database", "The key's team has no such database.")}


def test_a_key_of_named_databases(owner: PersonPrincipal, key: ApiKey, database: engine.Database) -> None:
    ApiKey.objects.filter(pk=key.pk).update(databases=[MISSING_ID])
    assert explained(owner, key, database.id) == (False, "database", "The key does not name this database.")


def test_documents_of_a_key_that_may_not_read(
    owner: PersonPrincipal, key: ApiKey, database: engine.Database
) -> None:
    ids = database.collection("films").insert([{"n": 1}])
    ApiKey.objects.filter(pk=key.pk).update(actions=["insert"])
    question = {"action": Action.INSERT, "collection": "films"}
    assert explained(owner, key, database.id, document=str(ids[0]), **question) == (
        True,
        "document",
        "The key may do this to every document of 'films'.",
    )
    for document in (MISSING_ID, "x", ""):
        assert explained(owner, key, database.id, document=document, **question)[:2] == (False, "document")


def test_a_document_without_a_collection(owner: PersonPrincipal, key: ApiKey, database: engine.Database) -> None:
    with pytest.raises(engine.Invalid) as caught:
        explained(owner, key, database.id, document=MISSING_ID)
    assert [error.field for error in caught.value.errors] == ["collection"]


def test_a_collection_that_was_dropped(owner: PersonPrincipal, key: ApiKey, database: engine.Database) -> None:
    message = "The database has no collection 'gone'."
    assert explained(owner, key, database.id, collection="gone") == (False, "collection", message)
    access = {database.id: {"gone": {"actions": ["read"]}}}
    ApiKey.objects.filter(pk=key.pk).update(
        collections=access, databases=[database.id], grants={database.id: ["read"]}
    )
    assert explained(owner, key, database.id, collection="gone")[:2] == (False, "collection")
    assert (
        explained(owner, key, database.id, collection="films")[2] == "The key does not name the collection 'films'."
    )
