"""Declared links: a page for GET, and JSON for POST."""

from __future__ import annotations

from dialects.airsequel.platform.operations.links import OPERATIONS


def test_each_link_has_both_methods() -> None:
    verbs: dict[str, list[str]] = {}
    for declared in OPERATIONS:
        verbs.setdefault(declared.path, []).append(f"{declared.verb} {declared.answer_media}")
    assert len(verbs) == 4
    assert set(map(tuple, verbs.values())) == {("get text/html", "post application/json")}
