"""Lists of the dialect: queries, hints, pages, groups and aggregations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dialects.restdb.support import SYSTEM, Rest, failed, result_of

ORDERS = [
    {"item": "a", "n": 1, "price": 1.5, "at": "2025-12-31T23:00:00Z", "tags": ["x", "y"], "by": {"name": "Joe"}},
    {"item": "a", "n": 2, "price": 2.5, "at": "2026-01-01T00:00:00Z", "tags": ["y"], "by": {"name": "Ann"}},
    {"item": "b", "n": 3, "at": "2026-01-31T10:30:00Z", "note": "Deep Blue", "text": "2026-01-31T10:30:00Z"},
    {"item": None, "n": 10, "at": "2026-02-01T00:00:00Z", "by": {"name": "Joe"}},
]
FIELDS = [{"name": "item"}, {"name": "n", "type": "number"}, {"name": "at", "type": "datetime"}]


@pytest.fixture(scope="module")
def orders(rest: Rest) -> list[str]:
    rest.tenant.add({"name": "orders", "fields": FIELDS})
    return rest.create("orders", *ORDERS)


def numbers(rest: Rest, **params: Any) -> list[int]:
    return [item["n"] for item in rest.get("orders", **params)]


CANNOT = "MongoDB cannot do this with the documents as they are; check the types and paths."
NO_NUMBER = "Must be a whole number that is not negative."
NO_MAKER = (
    "Must be an address, or 'api' for keys: as such, or in $not, $ne, $in or $nin. $exists is allowed as well."
)
QUERIES: list[tuple[Any, list[int]]] = [
    ({}, [1, 2, 3, 10]),
    ({"item": "a"}, [1, 2]),
    ({"item": None}, [10]),
    ({"item": {"$not": "a"}}, [3, 10]),
    ({"item": {"$not": None}}, [1, 2, 3]),
    ({"n": {"$not": {"$gt": 2}}}, [1, 2]),
    ({"n": {"$not": {"$bt": [2, 3]}}}, [1, 10]),
    ({"$not": {"item": "a"}}, [3, 10]),
    ({"$not": {"item": "a"}, "n": {"$lt": 9}}, [3]),
    ({"n": {"$in": [1, 3]}}, [1, 3]),
    ({"n": {"$nin": [1, 3]}}, [2, 10]),
    ({"n": {"$bt": [2, 3]}}, [2, 3]),
    ({"n": {"$bt": [2, 10], "$lt": 10}}, [2, 3]),
    ({"price": {"$exists": True}}, [1, 2]),
    ({"tags.0": {"$exists": True}}, [1, 2]),
    ({"tags": "y"}, [1, 2]),
    ({"tags": {"$elemMatch": {"$not": "y"}}}, [1]),
    ({"note": {"$regex": "^deep", "$options": "i"}}, [3]),
    ({"by.name": "Joe"}, [1, 10]),
    ({"$or": [{"n": 1}, {"item": {"$not": {"$exists": True}}}, {"by.name": "Ann"}]}, [1, 2]),
    ({"$and": [{"n": {"$gte": 2}}, {"n": {"$lte": 3}}]}, [2, 3]),
    ({"at": {"$gte": {"$date": "2026-01-01"}, "$lt": {"$date": "2026-02-01T00:00:00Z"}}}, [2, 3]),
    ({"at": {"$bt": [{"$date": "2026-01-01"}, {"$date": "2026-02-01"}]}}, [2, 3, 10]),
    ({"at": {"$date": "2026-02-01"}}, [10]),
    ({"text": {"$gt": {"$date": "2026-01-01"}}}, [3]),
    ({"at": {"$lt": {"$date": "$now"}}}, [1, 2, 3, 10]),
    ({"_created": {"$gte": {"$date": "$currentYear"}}, "_version": 0}, [1, 2, 3, 10]),
    ({"_version": {"$gt": 0.5}}, []),
    ({"_version": {"$mod": [2, 0]}}, [1, 2, 3, 10]),
    ({"_changed": {"$gt": {"$date": "$now"}}}, []),
    ({"_created": {"$bt": [{"$date": "$currentMonth"}, {"$date": "$now"}]}, "n": 1}, [1]),
    ({"_createdby": "api", "n": 1}, [1]),
    ({"_createdby": {"$not": "api"}}, []),
    ({"_createdby": "nobody@example.com"}, []),
    ({"_createdby": {"$not": "nobody@example.com"}}, [1, 2, 3, 10]),
    ({"_createdby": {"$in": ["nobody@example.com", "api"]}, "n": {"$gt": 2}}, [3, 10]),
    ({"_createdby": {"$nin": ["nobody@example.com", "api"]}}, []),
    ({"_createdby": {"$not": {"$in": ["api"]}, "$exists": True}}, []),
    ({"_createdby": None}, []),
    ({"$or": [{"_changedby": "nobody@example.com"}, {"n": 1}]}, [1]),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[json.dumps(query) for query, _ in QUERIES])
def test_queries(rest: Rest, orders: list[str], query: Any, expected: list[int]) -> None:
    assert numbers(rest, q=query) == expected
    assert rest.get("orders", q=query, totals="true", count="true") == {
        "data": [],
        "totals": {"total": len(expected), "count": len(expected), "skip": 0, "max": 1000},
    }


def test_queries_by_id(rest: Rest, orders: list[str]) -> None:
    assert numbers(rest, q={"_id": {"$in": orders[:2]}}) == [1, 2]
    assert numbers(rest, q={"_id": orders[2]}) == [3]


@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"q": {"n": {"$bt": 1}}}, [("q.n.$bt", "Must be [lowest, highest].")]),
        ({"q": {"n": {"$bt": [1, 2], "$gte": 1}}}, [("q.n.$gte", "$gte occurs twice for this field.")]),
        ({"q": {"n": {"$where": "1"}}}, [("q.n.$where", "The operator $where is not allowed here.")]),
        ({"q": {"$where": "1"}}, [("q.$where", "The operator $where is not allowed here.")]),
        ({"q": [1]}, [("q", "Must be a JSON object.")]),
        ({"q": {"_createdby": {"$regex": "x"}}}, [("q._createdby", NO_MAKER)]),
        ({"q": {"_createdby": {}}}, [("q._createdby", NO_MAKER)]),
        ({"q": {"_changedby": {"$not": 1}}}, [("q._changedby", NO_MAKER)]),
        ({"q": {"_changedby": {"$in": "api"}}}, [("q._changedby", NO_MAKER)]),
        (
            {"max": "x", "skip": "-1"},
            [(name, "Must be a whole number that is not negative.") for name in ("max", "skip")],
        ),
        ({"sort": "n", "dir": "up"}, [("dir", "Must be 1 or -1, or asc or desc.")]),
        (
            {"h": {"$orderby": {"n": 2}}},
            [("h.$orderby", "Must be an object that gives each field 1 or -1, or asc or desc.")],
        ),
        ({"h": {"$fields": ["n"]}}, [("h.$fields", "Must be an object that gives each field 1, or each 0.")]),
        (
            {"h": {"$distinct": "n"}},
            [
                (
                    "h.$distinct",
                    "Unknown hint. The hints are $aggregate, $aggregate-grand-total, $fields, $groupby, $max, "
                    "$orderby, $skip, $timezone, metafields.",
                )
            ],
        ),
        (
            {"aggregate": "MEDIAN:n"},
            [
                (
                    "aggregate",
                    "Unknown aggregation 'MEDIAN:n'. Use one of SUM:field, AVG:field, MIN:field, MAX:field, "
                    "COUNT:field.",
                )
            ],
        ),
        ({"aggregate": "SUM:a..b"}, [("aggregate", "Must be the path of a field.")]),
    ],
)
def test_invalid_parameters_are_refused(
    rest: Rest, orders: list[str], params: dict[str, Any], errors: list[Any]
) -> None:
    texts = {name: value if type(value) is str else json.dumps(value) for name, value in params.items()}
    status, body = result_of(rest.ask("GET orders", params=texts))
    assert (status, body["list"]) == (400, failed(400, "", *errors)[1]["list"])


@pytest.mark.parametrize(
    "more",
    [{}, {"count": "true"}, {"groupby": "item"}, {"aggregate": "SUM:n"}, {"groupby": "item", "aggregate": "SUM:n"}],
)
@pytest.mark.parametrize(
    ("query", "location", "text"),
    [
        ({"item": {"$regex": "("}}, "q.item.$regex", "The regular expression is not valid."),
        ({"$and": [{"$expr": {"$gt": [{"$add": ["$item", 1]}, 1]}}]}, "q.$and.0.$expr.$gt.0.$add", CANNOT),
        (
            {"$text": {"$search": "x"}},
            "q.$text",
            "A search for text needs a text index, and the collection has none.",
        ),
    ],
)
def test_errors_of_mongodb_name_the_parameter(
    rest: Rest, orders: list[str], query: dict[str, Any], location: str, text: str, more: dict[str, str]
) -> None:
    answer = rest.ask("GET orders", params={"q": json.dumps(query), **more})
    assert result_of(answer) == failed(400, f"{location}: {text}", (location, text))


@pytest.mark.parametrize("query", ["max=5000", 'h={"$max":10000}', 'h={"max":1001}', "max=1000000&groupby=item"])
def test_a_max_beyond_the_page_size_is_capped(rest: Rest, orders: list[str], query: str) -> None:
    answer = rest.ask(f"GET orders?{query}".replace('"', "%22"))
    assert answer.status_code == 200
    assert json.loads(answer.headers["X-Pagination"]) == {"total": 4, "count": 4, "skip": 0, "max": 1000}


def test_a_max_of_zero_means_no_limit(rest: Rest, orders: list[str]) -> None:
    answer = rest.ask("GET orders?max=0")
    assert (answer.status_code, len(answer.json())) == (200, 4)
    assert json.loads(answer.headers["X-Pagination"])["max"] == 1000
    assert rest.get("orders", max="0", aggregate="COUNT:n") == {"COUNT n": 4}


@pytest.mark.parametrize(
    ("params", "first"),
    [
        ({"sort": "n", "dir": "desc"}, 10),
        ({"sort": "n", "dir": "DESC"}, 10),
        ({"sort": "n", "dir": "descending"}, 10),
        ({"sort": "n", "dir": "asc"}, 1),
        ({"h": {"$orderby": {"n": "desc"}}}, 10),
        ({"h": {"$orderby": {"n": "ascending"}}}, 1),
        ({"h": {"$orderby": {"n": -1.0}}}, 10),
    ],
)
def test_directions_may_be_words(rest: Rest, orders: list[str], params: dict[str, Any], first: int) -> None:
    assert numbers(rest, **params)[0] == first


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("126-01-01", [1, 2, 3, 10]),
        ("2026-1-31", [3, 10]),
        ("2026/01/31", [3, 10]),
        ("1/31/2026", [3, 10]),
        ("Jan 31, 2026 10:30:00", [3, 10]),
        ("Sat Jan 31 2026 11:30:01 GMT+0100 (Central European Standard Time)", [10]),
        ("Sat, 31 Jan 2026 10:30:00 GMT", [3, 10]),
        (1769855400000, [3, 10]),
        (1769855400001, [10]),
    ],
)
def test_dates_as_javascript_writes_them(rest: Rest, orders: list[str], date: Any, expected: list[int]) -> None:
    assert numbers(rest, q={"at": {"$gte": {"$date": date}}}) == expected


@pytest.mark.parametrize("date", ["26-01-01", "2026-02-30", "5", "now", "31/1/2026", True, [], "x" * 200, 1e300])
def test_invalid_dates_are_refused(rest: Rest, orders: list[str], date: Any) -> None:
    status, body = result_of(rest.ask("GET orders", params={"q": json.dumps({"at": {"$gte": {"$date": date}}})}))
    assert (status, [item["field"] for item in body["list"]]) == (400, ["q.at.$gte.$date"])


@pytest.mark.parametrize("query", ["h=undefined", "h=[]", "q=undefined&h=null", "q=&h=", 'q={"n":{"$gt":0}}&h={}'])
def test_empty_parameters_are_ignored(rest: Rest, orders: list[str], query: str) -> None:
    address = f"{rest.tenant.client.base_url}/db/{rest.tenant.database}/rest/orders?{query}".replace('"', "%22")
    answer = rest.tenant.client.get(address, headers={"x-apikey": rest.tenant.key})
    assert (answer.status_code, len(answer.json())) == (200, 4)


def test_sorting_and_pages(rest: Rest, orders: list[str]) -> None:
    assert numbers(rest, sort="n", dir="-1") == [10, 3, 2, 1]
    assert numbers(rest, sort="n") == [1, 2, 3, 10]
    answer = rest.ask("GET orders?sort=item&dir=-1&sort=n&dir=-1&max=2&skip=1")
    assert [item["n"] for item in answer.json()] == [2, 1]
    assert json.loads(answer.headers["X-Pagination"]) == {"total": 4, "count": 2, "skip": 1, "max": 2}
    hints = {"$max": 1, "$skip": 2, "$orderby": {"_id": -1}}
    assert numbers(rest, h=hints, max="4", sort="n") == [2]
    assert numbers(rest, h={"max": 2, "skip": 1, "sort": "n"}, dir="-1") == [2, 3]
    body = rest.get("orders", totals="true", max="3", q={"n": {"$gt": 0}})
    assert (len(body["data"]), body["totals"]) == (3, {"total": 4, "count": 3, "skip": 0, "max": 3})


def test_fields(rest: Rest, orders: list[str]) -> None:
    first = {"max": "1"}
    assert rest.get("orders", h={"$fields": {"n": 1}}, **first) == [{"_id": orders[0], "n": 1}]
    assert rest.get("orders", h={"$fields": {"n": 1, "_id": 0}}, **first) == [{"n": 1}]
    (document,) = rest.get("orders", h={"$fields": {"at": 0, "tags": 0, "by": 0}}, **first)
    assert set(document) == {"_id", "item", "n", "price"}
    (document,) = rest.get("orders", h={"$fields": {"n": 1}, "metafields": True}, **first)
    assert set(document) == {"_id", "n", *SYSTEM}
    (document,) = rest.get("orders", h={"$fields": {"n": 1, "_version": 1}}, **first)
    assert document == {"_id": orders[0], "n": 1, "_version": 0}


def test_filter(rest: Rest, orders: list[str]) -> None:
    assert numbers(rest, filter="blue DEEP") == [3]
    assert numbers(rest, filter="y") == [1, 2]
    assert numbers(rest, filter="(") == []
    assert numbers(rest, filter="2.5", q={"item": "a"}) == [2]
    assert numbers(rest, filter="k1") == []


def test_by_distance(rest: Rest) -> None:
    name = rest.tenant.new_collection()
    rest.create(name, *({"n": n, "at": {"type": "Point", "coordinates": [n, 0]}} for n in (2, 0, 1)))
    keys = {"database_id": rest.tenant.database, "collection_name": name}
    index = keys | {"keys": [{"field": "at", "order": "2dsphere"}]}
    assert rest.tenant.ask("POST /api/indexes", json=index).status_code == 201
    near = {"at": {"$near": {"$geometry": {"type": "Point", "coordinates": [0, 0]}, "$maxDistance": 150_000}}}
    assert [item["n"] for item in rest.get(name, q=near)] == [0, 1]
    assert result_of(rest.ask(f"GET {name}", params={"q": json.dumps({"$or": [near]})}))[0] == 400
    assert result_of(rest.ask(f"DELETE {name}/*", params={"q": json.dumps(near)}))[0] == 400
    assert len(rest.get(name)) == 3


def test_filter_ignores_accents_and_composition(rest: Rest) -> None:
    texts = [
        "R\u00e9sum\u00e9",
        "Re\u0301sume\u0301",
        "RESUME",
        "\u00c5ngstr\u00f6m",
        "\u0394\u03ad\u03bb\u03c4\u03b1",
        "other",
        "\ud55c\uad6d",
        "\u0915\u094d\u092f\u093e",
    ]
    name = rest.tenant.new_collection()
    rest.create(name, *({"n": n, "s": text} for n, text in enumerate(texts)))
    for words, expected in [
        ("resume", [0, 1, 2]),
        ("r\u00e9sum\u00e9", [0, 1, 2]),
        ("re\u0301sume\u0301", [0, 1, 2]),
        ("angstrom", [3]),
        ("\u03b4\u03b5\u03bb\u03c4\u03b1", [4]),
        ("\ud55c\uad6d", [6]),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", [6]),
        ("\u0915\u094d\u092f\u093e", [7]),
        ("r" * 101, []),
        ("\u0301", [1]),
    ]:
        assert sorted(item["n"] for item in rest.get(name, filter=words)) == expected, words


def test_aggregations(rest: Rest, orders: list[str]) -> None:
    specs = ["SUM:n", "AVG:price", "COUNT:all", "COUNT:", "MIN:n", "MAX:at"]
    metrics = rest.get("orders", h={"$aggregate": specs})
    lowest, latest = metrics.pop("MIN n"), metrics.pop("MAX at")
    assert metrics == {"SUM n": 16, "AVG price": 2.0, "COUNT all": 4, "COUNT ": 4}
    assert lowest == rest.get(f"orders/{orders[0]}")
    assert latest == rest.get(f"orders/{orders[3]}")
    answer = rest.ask("GET orders?aggregate=SUM:n&aggregate=COUNT:&q={%22item%22:%22a%22}")
    assert result_of(answer) == (200, {"SUM n": 3, "COUNT ": 2})
    assert rest.get("orders", h={"$aggregate": ["SUM:n"], "$max": 2, "$orderby": {"n": -1}}) == {"SUM n": 13}
    nothing = rest.get("orders", h={"$aggregate": ["SUM:n", "AVG:n", "MIN:n", "COUNT:"]}, q={"n": 99})
    assert nothing == {"SUM n": 0, "AVG n": None, "MIN n": None, "COUNT ": 0}


def test_aggregations_of_decimals_keep_their_digits(rest: Rest) -> None:
    fields = [{"name": "dec", "type": "decimal128"}, {"name": "g"}]
    rest.tenant.add({"name": "prices", "fields": fields})
    values = ["12345678901234567890.12", "0.01"]
    rest.create("prices", *({"g": "a", "dec": text} for text in values), {"g": "b", "dec": "1.10"}, {"g": "c"})
    specs = ["SUM:dec", "AVG:dec"]
    figures = {"SUM dec": "12345678901234567890.13", "AVG dec": "6172839450617283945.065"}
    assert rest.get("prices", q={"g": "a"}, h={"$aggregate": specs}) == figures
    hints = {"$groupby": ["g"], "$aggregate": [*specs, "MIN:dec", "MAX:dec"], "$aggregate-grand-total": True}
    groups = rest.get("prices", h=hints)
    total = groups.pop("$aggregate-grand-total")
    assert {name: groups["a"][name] for name in figures} == figures
    assert (groups["b"]["SUM dec"], groups["b"]["AVG dec"]) == ("1.10", "1.10")
    assert (groups["c"]["SUM dec"], groups["c"]["AVG dec"]) == (0, None)
    assert (total["SUM dec"], total["AVG dec"]) == ("12345678901234567891.23", "4115226300411522630.41")
    assert (total["MIN dec"]["dec"], total["MAX dec"]["dec"]) == ("0.01", "12345678901234567890.12")


def test_infinite_aggregations_are_text(rest: Rest) -> None:
    rest.tenant.add({"name": "large", "fields": [{"name": "n", "type": "number"}]})
    rest.create("large", {"n": 1e308, "g": 1}, {"n": 1.5e308, "g": 1}, {"n": 2**63 - 1, "g": 2}, {"n": 5, "g": 3})
    specs = ["SUM:n", "AVG:n"]
    infinite = {"SUM n": "Infinity", "AVG n": "Infinity"}
    assert rest.get("large", q={"g": 1}, h={"$aggregate": specs}) == infinite
    hints = {"$groupby": ["g"], "$aggregate": specs, "$aggregate-grand-total": True}
    assert rest.get("large", q={"g": {"$gt": 1}}, h=hints) == {
        "2": {"SUM n": 2**63 - 1, "AVG n": 9.223372036854775807e18},
        "3": {"SUM n": 5, "AVG n": 5.0},
        "$aggregate-grand-total": {"SUM n": 9.223372036854775812e18, "AVG n": 4.611686018427387906e18},
    }
    groups = rest.get("large", h=hints)
    assert (groups["1"], groups["$aggregate-grand-total"]) == (infinite, infinite)


def test_groups(rest: Rest, orders: list[str]) -> None:
    groups = rest.get("orders", h={"$groupby": ["item"], "$fields": {"n": 1, "_id": 0, "item": 1}})
    assert groups == {
        "a": [{"item": "a", "n": 1}, {"item": "a", "n": 2}],
        "b": [{"item": "b", "n": 3}],
        "null": [{"item": None, "n": 10}],
    }
    nested = rest.get(
        "orders", h={"$groupby": ["by.name", "$YEAR:at"], "$fields": {"n": 1, "at": 1, "by": 1, "_id": 0}}
    )
    shape = {
        name: {year: [item["n"] for item in items] for year, items in years.items()}
        for name, years in nested.items()
    }
    assert shape == {"Joe": {"2025": [1], "2026": [10]}, "Ann": {"2026": [2]}, "null": {"2026": [3]}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("item", {"null": 10, "a": 3, "b": 3}),
        ("$YEAR:at", {"2025": 1, "2026": 15}),
        ("$MONTH:at", {"12": 1, "01": 5, "02": 10}),
        ("$DAY:at", {"31": 4, "01": 12}),
        ("$HOUR:at", {"23": 1, "00": 12, "10": 3}),
        ("$SEC:at", {"00": 16}),
        ("$DATE.YYYY-MM-DD:at", {"2025-12-31": 1, "2026-01-01": 2, "2026-01-31": 3, "2026-02-01": 10}),
        ("$DATE.MMM:at", {"Dec": 1, "Jan": 5, "Feb": 10}),
        ("$DATE.[Q]Q YYYY, HH:mm:at", {"Q4 2025, 23:00": 1, "Q1 2026, 00:00": 12, "Q1 2026, 10:30": 3}),
        ("$YEAR:text", {"null": 13, "2026": 3}),
    ],
)
def test_aggregations_of_groups(rest: Rest, orders: list[str], spec: str, expected: dict[str, int]) -> None:
    groups = rest.get("orders", h={"$groupby": [spec], "$aggregate": ["SUM:n"]})
    assert groups == {key: {"SUM n": value} for key, value in expected.items()}
    if spec != "item":
        documents = rest.get("orders", groupby=spec)
        assert {key: sum(item["n"] for item in items) for key, items in documents.items()} == expected


def test_grand_totals(rest: Rest, orders: list[str]) -> None:
    hints = {"$groupby": ["item", "$YEAR:at"], "$aggregate": ["SUM:n", "AVG:n"], "$aggregate-grand-total": True}
    total = "$aggregate-grand-total"
    one = {"SUM n": 1, "AVG n": 1.0}
    assert rest.get("orders", h=hints, totals="true") == {
        "data": {
            "null": {"2026": {"SUM n": 10, "AVG n": 10.0}, total: {"SUM n": 10, "AVG n": 10.0}},
            "a": {"2025": one, "2026": {"SUM n": 2, "AVG n": 2.0}, total: {"SUM n": 3, "AVG n": 1.5}},
            "b": {"2026": {"SUM n": 3, "AVG n": 3.0}, total: {"SUM n": 3, "AVG n": 3.0}},
            total: {"SUM n": 16, "AVG n": 4.0},
        },
        "totals": {"total": 4, "count": 4, "skip": 0, "max": 1000},
    }


def test_invalid_groups_are_refused(rest: Rest, orders: list[str]) -> None:
    text = (
        "Unknown group '$FOO:at'. Use a field or one of $YEAR:field, $MONTH:field, $DAY:field, $HOUR:field, "
        "$MIN:field, $SEC:field, $DATE.<format>:field."
    )
    for more in ({}, {"$aggregate": ["SUM:n"]}):
        answer = rest.ask("GET orders", params={"h": json.dumps({"$groupby": ["$FOO:at"], **more})})
        assert result_of(answer) == failed(400, f"groupby: {text}", ("groupby", text))


@pytest.mark.parametrize(
    ("timezone", "group", "figures"),
    [
        ("Europe/Berlin", "$DATE.YYYY-MM-DD:at", {"2026-01-01": 1, "2026-03-29": 2, "2026-10-25": 2}),
        ("UTC", "$DATE.YYYY-MM-DD:at", {"2025-12-31": 1, "2026-03-29": 2, "2026-10-25": 2}),
        ("", "$YEAR:at", {"2025": 1, "2026": 4}),
        ("America/New_York", "$HOUR:at", {"18": 1, "20": 2, "21": 2}),
        (
            "Europe/Berlin",
            "$DATE.HH Z:at",
            {"00 +01:00": 1, "01 +01:00": 1, "03 +02:00": 1, "02 +02:00": 1, "02 +01:00": 1},
        ),
        ("Pacific/Kiritimati", "$DATE.YYYY-MM-DD:day", {"2026-05-01": 5}),
    ],
)
def test_groups_of_dates_in_a_time_zone(rest: Rest, timezone: str, group: str, figures: dict[str, int]) -> None:
    name = rest.tenant.new_collection({"name": "at", "type": "datetime"}, {"name": "day", "type": "date"})
    instants = ("2025-12-31T23:30", "2026-03-29T00:30", "2026-03-29T01:30", "2026-10-25T00:30", "2026-10-25T01:30")
    rest.create(name, *({"at": f"{at}:00Z", "day": "2026-05-01"} for at in instants))
    hints = {"$groupby": [group], "$aggregate": ["COUNT:n"]} | ({"$timezone": timezone} if timezone else {})
    assert rest.get(name, h=hints) == {key: {"COUNT n": count} for key, count in figures.items()}
    documents_by_key = rest.get(name, timezone=timezone, groupby=group)
    assert {key: len(documents) for key, documents in documents_by_key.items()} == figures


@pytest.mark.parametrize(
    ("timezone", "figures"),
    [
        ("UTC", {"null": 2, "0001": 1, "9999": 1}),
        ("America/New_York", {"null": 2, "0001": 1, "9999": 1}),
        ("Asia/Tokyo", {"null": 2, "0001": 1, "9999": 1}),
    ],
)
def test_groups_of_dates_at_the_ends_of_the_calendar(rest: Rest, timezone: str, figures: dict[str, int]) -> None:
    name = rest.tenant.new_collection({"name": "at"})
    outside = ("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00")
    rest.create(name, *({"at": at} for at in (*outside, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")))
    hints = {"$groupby": ["$YEAR:at"], "$aggregate": ["COUNT:n"], "$timezone": timezone}
    assert rest.get(name, h=hints) == {key: {"COUNT n": count} for key, count in figures.items()}
    documents_by_key = rest.get(name, timezone=timezone, groupby="$YEAR:at")
    assert {key: len(documents) for key, documents in documents_by_key.items()} == figures


@pytest.mark.parametrize("timezone", ["Mars/Base", "+02:00", "../etc", "europe/berlin"])
def test_unknown_time_zones_are_refused(rest: Rest, people: list[str], timezone: str) -> None:
    text = "Must be the name of a time zone, such as Europe/Berlin."
    for request in ({"timezone": timezone, "groupby": "name"}, {"h": json.dumps({"$timezone": 5})}):
        answer = rest.ask("GET people", params=request)
        assert (answer.status_code, text in answer.text) == (400, True)
