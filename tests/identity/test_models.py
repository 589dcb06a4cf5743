"""The table of identity providers."""

from __future__ import annotations

from django.db.models import CASCADE

from identity.models import Issuer
from identity.verification import ALGORITHMS


def test_a_new_issuer_has_no_roles_and_accepts_every_issuer_and_audience() -> None:
    first, second = Issuer(), Issuer()
    assert (first.roles, first.private, first.issuer, first.audience) == ({}, [], "", "")
    assert first.roles is not second.roles and first.private is not second.private


def test_the_issuers_of_a_database_end_with_it() -> None:
    field = Issuer._meta.get_field("database")
    assert field.remote_field.on_delete is CASCADE
    assert field.remote_field.related_name == "issuers"


def test_columns_hold_what_the_validation_accepts() -> None:
    lengths = {
        name: Issuer._meta.get_field(name).max_length for name in ("name", "issuer", "audience", "public_id")
    }
    assert lengths == {"name": 100, "issuer": 500, "audience": 500, "public_id": 24}
    assert Issuer._meta.get_field("algorithm").max_length >= max(map(len, ALGORITHMS))
    assert Issuer._meta.get_field("public_id").unique
