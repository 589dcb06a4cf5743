"""Links, children and references."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.restdb.support import Rest, bare, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import MISSING_ID

STAFF = [
    {"name": "name"},
    {"name": "boss", "type": "reference", "collection": "staff"},
    {"name": "skills", "type": "reference", "collection": "skills", "many": True},
    {"name": "number", "type": "autonumber"},
]
PROJECTS = [
    {"name": "name"},
    {"name": "_parent_id", "type": "reference", "collection": "staff"},
    {"name": "_parent_field", "default": "work"},
    {"name": "needs", "type": "reference", "collection": "skills", "many": True},
]


@pytest.fixture(scope="module")
def ids(rest: Rest) -> dict[str, str]:
    """Ann is Joe's boss; Joe can cook and sew; the stew is his project and needs cooking."""
    rest.tenant.add(
        {"name": "staff", "fields": STAFF},
        {"name": "skills", "fields": [{"name": "name"}]},
        {"name": "projects", "fields": PROJECTS},
    )
    cook, sew = rest.create("skills", {"name": "cook"}, {"name": "sew"})
    (ann,) = rest.create("staff", {"name": "Ann", "boss": None})
    answer = rest.ask(
        "POST staff", json={"name": "Joe", "boss": {"_id": ann, "name": "x"}, "skills": [cook, {"_id": sew}]}
    )
    joe = answer.json()["_id"]
    (stew,) = [
        item["_id"] for item in rest.ask(f"POST staff/{joe}/work", json=[{"name": "stew", "needs": cook}]).json()
    ]
    return {"cook": cook, "sew": sew, "ann": ann, "joe": joe, "stew": stew}


def _joe(ids: dict[str, str]) -> dict[str, Any]:
    skills = [{"_id": ids["cook"], "name": "cook"}, {"_id": ids["sew"], "name": "sew"}]
    boss = {"_id": ids["ann"], "name": "Ann", "boss": None, "number": 1}
    return {"_id": ids["joe"], "name": "Joe", "boss": [boss], "skills": skills, "number": 2}


def test_links_are_arrays_of_documents(rest: Rest, ids: dict[str, str]) -> None:
    assert rest.get(f"staff/{ids['joe']}") == _joe(ids)
    ann = {"_id": ids["ann"], "name": "Ann", "boss": [], "number": 1}
    assert rest.get("staff") == [ann, _joe(ids)]
    stored = rest.tenant.find("staff", sort="-number", page_size=1)["data"][0]
    assert (stored["boss"], stored["skills"]) == (ids["ann"], [ids["cook"], ids["sew"]])


def test_a_document_can_be_saved_as_it_was_read(rest: Rest, ids: dict[str, str]) -> None:
    """A generated client sends the whole document back with its links as it received them."""
    answer = rest.ask(f"PUT staff/{ids['joe']}", json=_joe(ids))
    assert (answer.status_code, bare(answer.json())) == (200, _joe(ids))
    bad = rest.ask(f"PUT staff/{ids['joe']}", json={"boss": [ids["ann"], ids["joe"]]})
    assert (bad.status_code, bad.json()["list"][0]["field"]) == (400, "boss")


@pytest.mark.parametrize("query", [{"boss": {"_id": "{ann}"}}, {"boss._id": "{ann}"}, {"boss": "{ann}"}])
def test_queries_by_link(rest: Rest, ids: dict[str, str], query: dict[str, Any]) -> None:
    filled = {key: {"_id": ids["ann"]} if isinstance(value, dict) else ids["ann"] for key, value in query.items()}
    assert rest.names("staff", q=filled) == ["Joe"]


def test_queries_by_one_of_many_links(rest: Rest, ids: dict[str, str]) -> None:
    assert rest.names("staff", q={"skills._id": {"$in": [ids["sew"]]}}) == ["Joe"]
    assert rest.names("staff", q={"skills": {"_id": MISSING_ID}}) == []


def test_children_of_a_declared_field(rest: Rest, ids: dict[str, str]) -> None:
    cook = [{"_id": ids["cook"], "name": "cook"}]
    stew = {"_id": ids["stew"], "name": "stew", "needs": cook}
    assert rest.get(f"staff/{ids['joe']}/work") == [stew]
    assert rest.get(f"staff/{ids['joe']}/work/{ids['stew']}") == stew
    (child,) = rest.get(f"staff/{ids['joe']}/work", metafields="true")
    assert (child["_parent_id"], child["_parent_def"], child["_parent_field"]) == (ids["joe"], "staff", "work")
    ann, joe = rest.get("staff", fetchchildren="true")
    assert (ann["work"], joe["work"]) == ([], [stew])
    assert rest.get(f"staff/{ids['joe']}", fetchchildren="true") == {**_joe(ids), "work": [stew]}


def test_referenced_by(rest: Rest, ids: dict[str, str]) -> None:
    skill = rest.get(f"skills/{ids['cook']}", referencedby="true")
    assert skill["name"] == "cook"
    assert {name: [item["name"] for item in items] for name, items in skill["referencedby"].items()} == {
        "staff": ["Joe"],
        "projects": ["stew"],
    }


def test_links_as_addresses(rest: Rest, ids: dict[str, str]) -> None:
    joe = rest.get(f"staff/{ids['joe']}", idtolink="true")
    (address,) = joe["boss"]
    assert address.endswith(f"/db/{rest.tenant.database}/rest/staff/{ids['ann']}")
    path = address.partition("/rest/")[2]
    assert rest.get(path)["name"] == "Ann"
    assert len(joe["skills"]) == 2


def test_flattened_documents(rest: Rest, ids: dict[str, str]) -> None:
    joe = rest.get(f"staff/{ids['joe']}", flatten="true")
    assert (joe["boss.name"], joe["boss._id"], joe["name"]) == ("Ann", ids["ann"], "Joe")
    assert len(joe["skills"]) == 2
    linked = rest.get(f"staff/{ids['joe']}", flatten="true", idtolink="true")
    assert linked["boss"][0].endswith(ids["ann"])


def test_links_that_a_key_may_not_follow(rest: Rest, ids: dict[str, str]) -> None:
    key = browser_key(rest.tenant, paths=["/staff/**"])
    params = {"fetchchildren": "true", "q": '{"name": "Joe"}'}
    (joe,) = rest.ask("GET staff", key=key, params=params).json()
    assert (joe["boss"][0]["name"], joe["skills"]) == ("Ann", [ids["cook"], ids["sew"]])
    assert [item["name"] for item in joe["work"]] == ["stew"]
    with_addresses = rest.ask(f"GET staff/{ids['joe']}?idtolink=true", key=key).json()
    assert with_addresses["boss"][0].endswith(f"/rest/staff/{ids['ann']}")
    assert with_addresses["skills"] == [ids["cook"], ids["sew"]]
    skills = browser_key(rest.tenant, paths=["/skills/**"])
    assert rest.ask(f"GET skills/{ids['cook']}?referencedby=true", key=skills).json()["referencedby"] == {}
    assert rest.ask(f"GET staff/{ids['joe']}/work", key=key).status_code == 200
    alone = browser_key(rest.tenant, paths=["/staff", "/staff/*"])
    assert "work" not in rest.ask("GET staff", key=alone, params=params).json()[0]
    assert rest.ask(f"GET staff/{ids['joe']}/work", key=alone).status_code == 403


def test_a_link_to_a_deleted_document(rest: Rest, ids: dict[str, str]) -> None:
    (eve,) = rest.create("staff", {"name": "Eve", "boss": MISSING_ID})
    assert rest.get(f"staff/{eve}")["boss"] == []
    assert result_of(rest.ask(f"DELETE staff/{eve}")) == (200, {"result": [eve]})
