"""Rewriting of documents: the counts, the stamps of a new version, and the content that is compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import bson
import pytest
from bson import Int64, ObjectId

from engine.context.context import AuditStamp
from engine.jobs.rewrite import Decision, RewriteCounts, _count, _stamped, content

ID = ObjectId("5f" * 12)
EARLY, NOW, LATE = datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2024, 1, 3)
AUDIT = AuditStamp(by="job", at=NOW, via="")


def document(version: int = 3, updated: datetime = EARLY, **members: Any) -> dict[str, Any]:
    stamps = {"version": version, "created": EARLY, "created_by": "ann", "updated": updated, "updated_by": "bob"}
    return {"_id": ID, **members, "_sys": stamps}


def test_counts_are_added_by_kind() -> None:
    assert RewriteCounts(1, 2, 3) + RewriteCounts(10, 20, 30) == RewriteCounts(11, 22, 33)
    assert sum([RewriteCounts(restored=1)] * 3, RewriteCounts()) == RewriteCounts(0, 0, 3)


def test_decisions_are_counted_by_what_they_do() -> None:
    changed, deleted, restored = (document(), document()), (document(), None), (None, document())
    pairs = [changed, deleted, restored, deleted, restored, restored]
    assert _count([Decision(ID, *pair) for pair in pairs]) == RewriteCounts(1, 2, 3)
    assert _count([]) == RewriteCounts()


@pytest.mark.parametrize(("since", "updated"), [(EARLY, NOW), (NOW, NOW), (LATE, LATE)])
def test_a_changed_document_has_the_next_version_and_a_time_that_is_not_earlier(
    since: datetime, updated: datetime
) -> None:
    new = document(99, LATE, title="new") | {"_sys": {}}
    stamped = _stamped(Decision(ID, document(3, since), new), {}, AUDIT)
    assert stamped == {**document(4, updated, title="new"), "_sys": stamped["_sys"]}
    assert stamped["_sys"] == document(4, updated)["_sys"] | {"updated_by": "job"}
    assert new["_sys"] == {}


@pytest.mark.parametrize(("ended", "updated"), [(EARLY, NOW), (LATE, LATE)])
def test_a_restored_document_continues_after_its_last_version(ended: datetime, updated: datetime) -> None:
    stamped = _stamped(Decision(ID, None, document(2, title="old")), {ID: (7, ended)}, AUDIT)
    assert stamped["title"] == "old"
    assert stamped["_sys"] == document(8, updated)["_sys"] | {"updated_by": "job"}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"a": 1, "_sys": {"version": 1}}, {"a": 1, "_sys": {"version": 2}}, True),
        ({"a": 1, "_sys": {}}, {"a": 1}, True),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {"a": Int64(1)}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ({"a": {"_sys": 1}}, {"a": {"_sys": 2}}, False),
        ({"a": None}, {}, False),
    ],
)
def test_content_compares_types_and_order_but_no_stamps(
    one: dict[str, Any], other: dict[str, Any], is_same: bool
) -> None:
    assert (content(one) == content(other)) is is_same


def test_content_is_bson() -> None:
    assert bson.decode(content(document(title="é"))) == {"_id": ID, "title": "é"}
