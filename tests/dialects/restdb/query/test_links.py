"""Paths through links in filters, sorts, groups and aggregations, and the permissions for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dialects.restdb.support import Rest
from tests.dialects.restdb.test_browser_keys import browser_key

FIRMS = [{"name": "name"}, {"name": "city"}]
PERSONS = [
    {"name": "mail"},
    {"name": "age", "type": "number"},
    {"name": "born", "type": "date"},
    {"name": "firm", "type": "reference", "collection": "firms"},
]
REQUESTS = [
    {"name": "n", "type": "number"},
    {"name": "user", "type": "reference", "collection": "persons"},
    {"name": "team", "type": "reference", "collection": "persons", "many": True},
]


@pytest.fixture(scope="module")
def ids(rest: Rest) -> dict[str, str]:
    """Joe and Ann of two firms, Bob without one; requests 1, 2 and 3 belong to Joe, Ann and Bob, 4 to no one."""
    rest.tenant.add(
        {"name": "firms", "fields": FIRMS},
        {"name": "persons", "fields": PERSONS},
        {"name": "requests", "fields": REQUESTS},
    )
    acme, bolt = rest.create("firms", {"name": "Acme", "city": "Oslo"}, {"name": "Bolt", "city": "Rome"})
    joe, ann, bob = rest.create(
        "persons",
        {"mail": "joe@x.no", "age": 30, "born": "1990-05-01", "firm": acme},
        {"mail": "ann@x.no", "age": 40, "born": "1980-05-01", "firm": bolt},
        {"mail": "bob@x.no", "age": 20},
    )
    rest.create(
        "requests",
        {"n": 1, "user": joe, "team": [ann, bob]},
        {"n": 2, "user": ann, "team": [joe]},
        {"n": 3, "user": bob, "team": []},
        {"n": 4},
    )
    return {"acme": acme, "bolt": bolt, "joe": joe, "ann": ann, "bob": bob}


QUERIES: list[tuple[dict[str, Any], list[int]]] = [
    ({"user.mail": "joe@x.no"}, [1]),
    ({"user.0.mail": "joe@x.no"}, [1]),
    ({"user.mail": {"$regex": "^[AJ]", "$options": "i"}}, [1, 2]),
    ({"user.age": {"$gt": 20, "$lt": 40}}, [1]),
    ({"user.age": {"$bt": [30, 40]}}, [1, 2]),
    ({"user.born": {"$lt": {"$date": "1985-01-01"}}}, [2]),
    ({"user.born": {"$date": "1990-05-01"}}, [1]),
    ({"user.mail": {"$not": "joe@x.no"}}, [2, 3, 4]),
    ({"user.mail": {"$ne": "joe@x.no"}, "n": {"$lt": 4}}, [2, 3]),
    ({"user.mail": {"$nin": ["joe@x.no", "ann@x.no"]}}, [3, 4]),
    ({"user.age": {"$not": {"$gt": 25}}}, [3, 4]),
    ({"user.mail": {"$exists": True}}, [1, 2, 3]),
    ({"user.firm": {"$exists": False}}, [3, 4]),
    ({"user.mail": None}, [4]),
    ({"user.firm": None}, [3, 4]),
    ({"user.mail": {"$in": ["joe@x.no", None]}}, [1, 4]),
    ({"user.mail": {"$not": None}}, [1, 2, 3]),
    ({"user.firm.name": "Acme"}, [1]),
    ({"user.firm.name": {"$not": "Acme"}}, [2, 3, 4]),
    ({"user.firm._id": "{acme}"}, [1]),
    ({"user": {"mail": "ann@x.no", "age": 40}}, [2]),
    ({"user": {"firm": {"city": "Rome"}}}, [2]),
    ({"team.mail": "bob@x.no"}, [1]),
    ({"team.firm.city": "Oslo"}, [2]),
    ({"team": {"$elemMatch": {"mail": "ann@x.no", "age": {"$gt": 30}}}}, [1]),
    ({"team": {"$elemMatch": {"mail": "bob@x.no", "age": {"$gt": 30}}}}, []),
    ({"$or": [{"user.mail": "joe@x.no"}, {"n": 4}]}, [1, 4]),
    ({"$and": [{"user.age": {"$gte": 30}}, {"team.age": {"$lt": 25}}]}, [1]),
    ({"$not": {"user.mail": "joe@x.no"}}, [2, 3, 4]),
    ({"user._version": 0, "user._createdby": "api"}, [1, 2, 3]),
    ({"user._id": "{joe}"}, [1]),
    ({"user.mail": "nobody@x.no"}, []),
]


def _with_ids(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_ids(item, ids) for key, item in value.items()}
    return ids[value[1:-1]] if isinstance(value, str) and value[:1] == "{" else value


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[json.dumps(query) for query, _ in QUERIES])
def test_a_filter_reaches_into_links(
    rest: Rest, ids: dict[str, str], query: dict[str, Any], expected: list[int]
) -> None:
    body = rest.get("requests", q=_with_ids(query, ids), totals="true")
    assert [item["n"] for item in body["data"]] == expected
    assert body["totals"]["total"] == len(expected)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"sort": "user.mail"}, [4, 2, 3, 1]),
        ({"sort": "user.mail", "dir": "-1"}, [1, 3, 2, 4]),
        ({"h": {"$orderby": {"user.firm.name": -1, "n": -1}}}, [2, 1, 4, 3]),
        ({"sort": "user.age", "max": "2", "skip": "1"}, [3, 1]),
        ({"sort": "user.age", "q": {"user.age": {"$gt": 20}}}, [1, 2]),
        ({"sort": "user._id"}, [4, 1, 2, 3]),
        ({"sort": "team.age"}, [3, 4, 1, 2]),
        ({"h": {"$orderby": {"user.mail": 1}, "$fields": {"n": 1, "_id": 0}}}, [4, 2, 3, 1]),
    ],
)
def test_a_sort_reaches_into_links(
    rest: Rest, ids: dict[str, str], params: dict[str, Any], expected: list[int]
) -> None:
    assert [item["n"] for item in rest.get("requests", **params)] == expected
    total = 2 if "q" in params else 4
    assert rest.get("requests", **params, totals="true")["totals"]["total"] == total


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (
            {"$groupby": ["user.mail"], "$aggregate": ["COUNT:n"]},
            {"null": 1, "joe@x.no": 1, "ann@x.no": 1, "bob@x.no": 1},
        ),
        ({"$groupby": ["user.firm.city"], "$aggregate": ["COUNT:n"]}, {"null": 2, "Oslo": 1, "Rome": 1}),
        ({"$groupby": ["$YEAR:user.born"], "$aggregate": ["COUNT:n"]}, {"null": 2, "1990": 1, "1980": 1}),
        ({"$groupby": ["user.born"], "$aggregate": ["COUNT:n"]}, {"null": 2, "1990-05-01": 1, "1980-05-01": 1}),
    ],
)
def test_groups_by_fields_behind_links(
    rest: Rest, ids: dict[str, str], hints: dict[str, Any], expected: dict[str, int]
) -> None:
    groups = rest.get("requests", h=hints)
    assert {key: figures["COUNT n"] for key, figures in groups.items()} == expected
    documents_by_key = rest.get("requests", h={"$groupby": hints["$groupby"]})
    assert {key: len(documents) for key, documents in documents_by_key.items()} == expected


def test_aggregations_of_fields_behind_links(rest: Rest, ids: dict[str, str]) -> None:
    metrics = rest.get("requests", h={"$aggregate": ["SUM:user.age", "AVG:user.age", "MAX:user.age", "SUM:n"]})
    assert (metrics["SUM user.age"], metrics["AVG user.age"], metrics["SUM n"]) == (90, 30.0, 10)
    assert (metrics["MAX user.age"]["n"], metrics["MAX user.age"]["user"]) == (2, [ids["ann"]])
    bounded = rest.get("requests", h={"$aggregate": ["SUM:user.age"], "$max": 1, "$orderby": {"n": -1}, "$skip": 1})
    assert bounded == {"SUM user.age": 20}


def test_projections_name_members_of_linked_documents(rest: Rest, ids: dict[str, str]) -> None:
    first = {"q": {"n": 1}}
    documents = rest.get("requests", **first, h={"$fields": {"n": 1, "user.mail": 1, "_id": 0}})
    assert documents == [{"n": 1, "user": [{"mail": "joe@x.no"}]}]
    (without,) = rest.get("requests", **first, h={"$fields": {"user.mail": 0, "team": 0}})
    assert (without["user"][0].keys(), "team" in without) == ({"_id", "age", "born", "firm"}, False)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": {"user.mail": {"$where": 1}}}, "q.user.mail.$where"),
        ({"q": {"user.firm.name": {"$foo": 1}}}, "q.user.firm.name.$foo"),
        ({"q": {"user.born": {"$date": "soon"}}}, "q.user.born.$date"),
        ({"q": {"user": {"$elemMatch": {"age": {"$bt": 1}}}}}, "q.user.$elemMatch.age.$bt"),
        ({"h": {"$aggregate": ["SUM:team.age"]}}, "aggregate"),
    ],
)
def test_errors_behind_links(rest: Rest, ids: dict[str, str], params: dict[str, Any], field: str) -> None:
    answer = rest.ask("GET requests", params={name: json.dumps(value) for name, value in params.items()})
    assert (answer.status_code, [item["field"] for item in answer.json()["list"]]) == (400, [field])


def test_lookups_have_a_cap(rest: Rest, ids: dict[str, str]) -> None:
    query = {"$or": [{"user.age": age} for age in range(21)]}
    answer = rest.ask("GET requests", params={"q": json.dumps(query)})
    text = "A request looks through at most 20 links (MAX_LINK_LOOKUPS)."
    assert (answer.status_code, answer.json()["message"]) == (413, text)
    assert rest.get("requests", q={"$or": query["$or"][:20]}) == []


LINKED: list[dict[str, Any]] = [
    {"q": {"user.mail": "joe@x.no"}},
    {"q": {"user.mail": {"$ne": "joe@x.no"}}},
    {"q": {"user": {"mail": "joe@x.no"}}},
    {"q": {"team": {"$elemMatch": {"mail": "joe@x.no"}}}},
    {"q": {"$nor": [{"user.mail": {"$regex": "^j"}}]}},
    {"sort": "user.mail"},
    {"groupby": "user.mail"},
    {"groupby": "user.mail", "aggregate": "COUNT:n"},
    {"aggregate": "MAX:user.age"},
]


@pytest.mark.parametrize("params", LINKED, ids=json.dumps)
def test_a_key_that_may_not_read_the_linked_collection(
    rest: Rest, ids: dict[str, str], params: dict[str, Any]
) -> None:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    key = browser_key(rest.tenant, paths=["/requests/**"])
    answer = rest.ask("GET requests", key=key, params=texts)
    text = "This needs the right to read 'persons', which the link 'user' leads into."
    assert answer.status_code == 403
    assert answer.json()["message"] in (text, text.replace("'user'", "'team'"))
    both = browser_key(rest.tenant, paths=["/requests/**", "/persons/**"])
    assert rest.ask("GET requests", key=both, params=texts).status_code == 200
    deeper = rest.ask("GET requests", key=both, params={"q": '{"user.firm.name": "Acme"}'})
    assert deeper.status_code == 403
