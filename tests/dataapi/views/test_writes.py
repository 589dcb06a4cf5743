"""Writes over HTTP: operators, replacements, upserts, ETags, preconditions, dry runs, and races between them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support import MISSING_ID, Tenant, Truth, refused, status_and_body

FIELDS = (
    {"name": "name", "required": True},
    {"name": "n", "type": "number"},
    {"name": "level", "type": "number", "enum": [1, 2, 3], "default": 1},
    {"name": "tags", "type": "array"},
    {"name": "slug", "unique": True},
)
ADA = {"name": "ada", "n": 1, "level": 2, "tags": ["a"], "slug": "ada"}
BOB = {"name": "bob", "n": 2, "level": 3, "slug": "bob"}


@pytest.fixture(params=[True, False], ids=["with history", "plain"])
def people(request: pytest.FixtureRequest, anna: Tenant) -> str:
    return anna.new_collection(*FIELDS, history=request.param)


def send(
    tenant: Tenant,
    verb: str,
    collection: str,
    headers: dict[str, str] | None = None,
    auth: str | None = None,
    **body: Any,
) -> Any:
    target = {"database_id": tenant.database, "collection_name": collection}
    return tenant.ask(f"{verb} /api/crud", auth=auth, headers=headers or {}, json=target | body)


def get(
    tenant: Tenant, collection: str, document_id: str, headers: dict[str, str] | None = None, **params: Any
) -> Any:
    query = {
        "database_id": tenant.database,
        "collection_name": collection,
        "filters": f'{{"_id": "{document_id}"}}',
    }
    return tenant.ask("GET /api/crud", headers=headers or {}, params=query | params)


def stored(tenant: Tenant, collection: str) -> list[dict[str, Any]]:
    return tenant.find(collection)["data"]


def plain(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name not in ("_id", "_sys")} for item in documents]


# --- operators ----------------------------------------------------------------------------------------


def test_operators_and_fields_are_mixed(anna: Tenant, people: str) -> None:
    one, _ = anna.insert(people, [ADA, BOB])
    update = {
        "$inc": {"n": 5},
        "$push": {"tags": {"$each": ["c", "b"], "$sort": 1}},
        "extra": True,
        "$unset": {"slug": 1},
    }
    answer = send(anna, "PUT", people, filters={"_id": one}, update_data=update)
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 1})
    ada, bob = stored(anna, people)
    assert plain([ada, bob]) == [
        {"name": "ada", "n": 6, "level": 2, "tags": ["a", "b", "c"], "extra": True},
        BOB,
    ]
    assert (ada["_sys"]["version"], bob["_sys"]["version"]) == (2, 1)


def test_every_error_of_operators_is_reported(anna: Tenant, people: str) -> None:
    anna.insert(people, [ADA])
    before = stored(anna, people)
    update = {"$inc": {"name": 1}, "$where": "1", "$rename": {"n": "_id"}, "$unset": {"level.x": 1}}
    answer = send(anna, "PUT", people, filters={}, all=True, update_data=update)
    errors = [
        ("update_data.$inc.name", "$inc does not go with a field of type string."),
        ("update_data.$where", "The operator $where is not allowed here."),
        ("update_data.$rename.n", "'_id' is set by the service and cannot be written."),
        ("update_data.$unset.level.x", "The field 'level' is of type number and has nothing inside it."),
    ]
    message = f"4 errors; the first: {errors[0][0]}: {errors[0][1]}"
    assert status_and_body(answer) == (400, refused(message, *errors))
    assert stored(anna, people) == before


def test_a_condition_of_pull_past_a_cap_is_too_large(anna: Tenant, people: str) -> None:
    update = {"$pull": {"tags": {"$in": [0] * 2001}}}
    answer = send(anna, "PUT", people, filters={}, all=True, update_data=update)
    text = "The filter has more than 2000 parts (MAX_QUERY_NODES)."
    assert status_and_body(answer) == (413, refused(text, ("update_data.$pull.tags.$in", text)))


def test_a_result_against_the_schema_changes_nothing(anna: Tenant, people: str) -> None:
    one, two = anna.insert(people, [ADA, BOB])
    before = stored(anna, people)
    answer = send(anna, "PUT", people, filters={}, all=True, update_data={"$inc": {"level": 1}})
    text = f"Must be one of 1, 2, 3. (In the document {two}.)"
    assert status_and_body(answer) == (400, refused(f"level: {text}", ("level", text)))
    assert stored(anna, people) == before
    assert send(anna, "PUT", people, filters={"_id": one}, update_data={"$inc": {"level": 1}}).status_code == 200


@pytest.mark.parametrize("more", [{"update_data": {"$inc": {"n": 1}}}, {"update_data": BOB, "replace": True}])
def test_only_existing_goes_with_plain_fields_alone(anna: Tenant, people: str, more: dict[str, Any]) -> None:
    (one,) = anna.insert(people, [ADA])
    text = "update_all_fields: false goes with neither operators nor replace"
    answer = send(anna, "PUT", people, filters={"_id": one}, update_all_fields=False, **more)
    assert status_and_body(answer) == (400, refused(text, ("update_all_fields", text)))
    assert plain(stored(anna, people)) == [ADA]


@pytest.mark.parametrize("name", ["replace", "upsert", "dry_run"])
def test_flags_are_flags(anna: Tenant, people: str, name: str) -> None:
    answer = send(anna, "PUT", people, filters={"n": 1}, update_data={"n": 1}, **{name: "yes"})
    text = f"{name} must be true or false"
    assert status_and_body(answer) == (400, refused(text, (name, text)))


# --- elements of arrays -------------------------------------------------------------------------------


def test_elements_of_arrays_are_changed(anna: Tenant, people: str) -> None:
    one, two = anna.insert(people, [ADA | {"tags": ["a", "b", "a"]}, BOB | {"tags": []}])
    answer = send(
        anna,
        "PUT",
        people,
        filters={"tags": {"$exists": True}},
        update_data={"tags.$[t]": "z"},
        array_filters=[{"t": "a"}],
    )
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 2})
    assert [item["tags"] for item in stored(anna, people)] == [["z", "b", "z"], []]
    target = {"database_id": anna.database, "collection_name": people}
    change = {"filters": {"tags": "b"}, "update_data": {"$set": {"tags.$": "c"}}}
    operations = [
        {"update": change},
        {"update": change | {"update_data": {"tags.$[x]": 1}, "array_filters": [{"x": "z"}]}},
    ]
    operations[1]["update"]["filters"] = {"_id": one}
    answer = anna.ask("POST /api/crud/bulk", json=target | {"operations": operations})
    assert (answer.status_code, [item["modified_count"] for item in answer.json()["results"]]) == (200, [1, 1])
    assert [item["tags"] for item in stored(anna, people)] == [[1, "c", 1], []]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"array_filters": [{"x": 1}], "replace": True, "update_data": BOB}, "array_filters"),
        ({"array_filters": [{"x": 1}], "update_all_fields": False, "update_data": {"n": 1}}, "array_filters"),
        ({"update_all_fields": False, "update_data": {"tags.$[]": 1}}, "update_all_fields"),
        ({"array_filters": None, "update_data": {"n": 1}}, "array_filters"),
        ({"array_filters": "x", "update_data": {"n": 1}}, "array_filters"),
        ({"array_filters": [{"x": 1}], "update_data": {"n": 1}}, "array_filters.0"),
        ({"array_filters": [{"x": 1}], "update_data": {"tags.$[x]": 1}, "upsert": True}, "upsert"),
        ({"update_data": {"tags.$": 1}}, "update_data.tags.$"),
    ],
)
def test_elements_of_arrays_that_cannot_be_changed(
    anna: Tenant, people: str, more: dict[str, Any], field: str
) -> None:
    anna.insert(people, [ADA])
    before = stored(anna, people)
    answer = send(anna, "PUT", people, **({"filters": {"n": 1}} | more))
    assert (answer.status_code, [item["field"] for item in answer.json()["errors"]]) == (400, [field])
    assert stored(anna, people) == before


# --- collation ----------------------------------------------------------------------------------------

WITHOUT_CASE = {"locale": "en", "strength": 2}


def test_text_is_compared_without_case(anna: Tenant, people: str) -> None:
    anna.insert(people, [ADA | {"name": "Ada"}, BOB])
    target = {"database_id": anna.database, "collection_name": people}
    query = target | {"filters": '{"name": "ADA"}', "collation": json.dumps(WITHOUT_CASE)}
    assert [item["name"] for item in status_and_body(anna.ask("GET /api/crud", params=query))[1]["data"]] == ["Ada"]
    answer = anna.ask("GET /api/distinct", params=query | {"field": "name"})
    assert status_and_body(answer) == (
        200,
        {"success": True, "field": "name", "values": ["Ada"], "truncated": False},
    )
    group = [{"$match": {"name": "ADA"}}, {"$count": "n"}]
    answer = anna.ask("POST /api/aggregate", json=target | {"pipeline": group, "collation": WITHOUT_CASE})
    assert status_and_body(answer) == (200, {"success": True, "data": [{"n": 1}]})
    answer = send(anna, "PUT", people, filters={"name": "aDA"}, update_data={"n": 9}, collation=WITHOUT_CASE)
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 1})
    assert send(anna, "PUT", people, filters={"name": "aDA"}, update_data={"n": 8}).json()["modified_count"] == 0
    operations = [{"delete": {"filters": {"name": "ADA"}, "collation": WITHOUT_CASE}}]
    answer = anna.ask("POST /api/crud/bulk", json=target | {"operations": operations})
    assert answer.json()["results"] == [{"index": 0, "ok": True, "deleted_count": 1}]
    assert send(anna, "DELETE", people, filters={"name": "BOB"}, collation=WITHOUT_CASE).json()["count"] == 1
    assert stored(anna, people) == []


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("collation", "field"),
    [({"locale": "simple"}, "collation.locale"), (7, "collation"), ({"x": 1}, "collation.x")],
)
def test_malformed_collations(anna: Tenant, people: str, verb: str, collation: Any, field: str) -> None:
    anna.insert(people, [ADA])
    before = stored(anna, people)
    if verb == "GET":
        query = {"database_id": anna.database, "collection_name": people, "collation": json.dumps(collation)}
        answer = anna.ask("GET /api/crud", params=query)
    else:
        more = {"update_data": {"n": 2}} if verb == "PUT" else {}
        answer = send(anna, verb, people, filters={"n": 1}, collation=collation, **more)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert stored(anna, people) == before


# --- replace ------------------------------------------------------------------------------------------


def test_a_document_is_replaced(anna: Tenant, people: str) -> None:
    one, _ = anna.insert(people, [ADA, BOB])
    before = stored(anna, people)[0]["_sys"]
    answer = send(
        anna, "PUT", people, filters={"_id": one}, update_data={"name": "eve", "x": {"y": [1]}}, replace=True
    )
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 1})
    eve, bob = stored(anna, people)
    assert plain([eve, bob]) == [{"name": "eve", "x": {"y": [1]}, "level": 1}, BOB]
    assert (eve["_id"], list(eve["_sys"])) == (one, list(before))
    assert eve["_sys"] == before | {"version": 2, "updated": eve["_sys"]["updated"]}


@pytest.mark.parametrize(
    ("filters", "update", "expected"),
    [
        ({"name": "ada"}, {"name": "x"}, {"filters": "A document is replaced by filters that name one _id."}),
        ({"_id": {"$in": []}}, {"name": "x"}, {"filters": "A document is replaced by filters that name one _id."}),
        (None, {"n": 1}, {"update_data.name": "This field is required."}),
        (
            None,
            {"name": 5, "_id": MISSING_ID, "_sys": {}, "$inc": {"n": 1}},
            {
                "update_data.$inc": "A field name must not begin with '$'.",
                "update_data.name": "Must be a string.",
                "update_data._id": "'_id' is set by the service and cannot be written.",
                "update_data._sys": "'_sys' is set by the service and cannot be written.",
            },
        ),
    ],
)
def test_a_replacement_that_is_refused(
    anna: Tenant, people: str, filters: Any, update: dict[str, Any], expected: dict[str, str]
) -> None:
    (one,) = anna.insert(people, [ADA])
    answer = send(anna, "PUT", people, filters=filters or {"_id": one}, update_data=update, replace=True)
    assert answer.status_code == 400
    assert {error["field"]: error["message"] for error in answer.json()["errors"]} == expected
    assert plain(stored(anna, people)) == [ADA]


# --- upsert -------------------------------------------------------------------------------------------


def test_an_upsert_creates_a_document_and_then_changes_it(anna: Tenant, people: str) -> None:
    update = {"$inc": {"n": 2}, "$setOnInsert": {"name": "new"}, "$push": {"tags": "t"}, "seen": 1}
    first = send(anna, "PUT", people, filters={"slug": "s"}, update_data=update, upsert=True)
    document_id = first.json()["upserted_id"]
    assert status_and_body(first) == (200, {"success": True, "modified_count": 0, "upserted_id": document_id})
    (document,) = stored(anna, people)
    assert plain([document]) == [{"slug": "s", "name": "new", "n": 2, "tags": ["t"], "seen": 1, "level": 1}]
    assert (document["_id"], list(document["_sys"]), document["_sys"]["version"]) == (
        document_id,
        ["version", "created", "created_by", "updated", "updated_by"],
        1,
    )
    second = send(
        anna,
        "PUT",
        people,
        filters={"slug": "s"},
        update_data=update | {"$setOnInsert": {"name": "z"}},
        upsert=True,
    )
    assert status_and_body(second) == (200, {"success": True, "modified_count": 1, "upserted_id": None})
    (document,) = plain(stored(anna, people))
    assert (document["name"], document["n"], document["tags"]) == ("new", 4, ["t", "t"])


UPSERTED = 'With "upsert": true, filters must give fields the values that the new document shall have.'
OWN_ID = "An upsert cannot name _id or _sys: the service gives them to a new document."


@pytest.mark.parametrize(
    ("filters", "more", "field", "text"),
    [
        ({"n": {"$gt": 5}}, {}, "filters.n", UPSERTED),
        ({"$or": [{"n": 7}]}, {}, "filters.$or", UPSERTED),
        ({"a": 1, "a.b": 2}, {}, "filters.a.b", UPSERTED),
        ({}, {"all": True}, "filters", UPSERTED),
        ({"_id": MISSING_ID}, {}, "filters._id", OWN_ID),
        ({"_sys.version": 3}, {}, "filters._sys.version", OWN_ID),
        ({"slug": "s"}, {}, "name", "This field is required."),
        ({"name": 5}, {}, "name", "Must be a string."),
        ({"name": "x", "level": 7}, {}, "level", "Must be one of 1, 2, 3."),
        (
            {"name": "x"},
            {"update_all_fields": False},
            "upsert",
            "An upsert goes with neither replace nor update_all_fields: false.",
        ),
    ],
)
def test_an_upsert_that_is_refused_makes_nothing(
    anna: Tenant, people: str, filters: Any, more: dict[str, Any], field: str, text: str
) -> None:
    answer = send(anna, "PUT", people, filters=filters, update_data={"seen": 1}, upsert=True, **more)
    assert (answer.status_code, answer.json()["errors"]) == (400, [{"field": field, "message": text}])
    assert anna.count(people) == 0


def test_an_upsert_needs_both_permissions(anna: Tenant, people: str) -> None:
    for actions in (["write"], ["insert"]):
        key = anna.new_key(actions=actions)
        answer = send(anna, "PUT", people, auth=key, filters={"name": "x"}, update_data={"n": 1}, upsert=True)
        assert answer.status_code == 403
    assert anna.count(people) == 0


def at_once(count: int, call: Any) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(call, range(count))]


def test_24_upserts_of_one_value_make_one_document(anna: Tenant, people: str) -> None:
    update = {"$inc": {"n": 1}, "$setOnInsert": {"name": "x"}}
    answers = at_once(
        24, lambda _: send(anna, "PUT", people, filters={"slug": "s"}, update_data=update, upsert=True)
    )
    assert [answer.status_code for answer in answers] == [200] * 24
    assert sum(answer.json()["upserted_id"] is not None for answer in answers) == 1
    (document,) = stored(anna, people)
    assert (document["n"], document["_sys"]["version"]) == (24, 24)


def test_24_inserts_of_one_value_make_one_document(anna: Tenant, people: str) -> None:
    answers = at_once(24, lambda _: send(anna, "POST", people, data=[BOB]))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 23
    assert plain(stored(anna, people)) == [BOB]


# --- ETag ---------------------------------------------------------------------------------------------


def test_one_document_has_an_etag(anna: Tenant, people: str) -> None:
    one, _ = anna.insert(people, [ADA, BOB])
    first = get(anna, people, one)
    assert first.headers["ETag"] == f'"{one}-1"'
    for header in (f'"{one}-1"', f'"x", W/"{one}-1"', "*"):
        same = get(anna, people, one, headers={"If-None-Match": header})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", f'"{one}-1"')
        assert same.headers["Cache-Control"] == "no-store"
    send(anna, "PUT", people, filters={"_id": one}, update_data={"n": 9})
    changed = get(anna, people, one, headers={"If-None-Match": f'"{one}-1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, f'"{one}-2"')


def test_what_is_not_one_whole_document_has_no_etag(anna: Tenant, people: str) -> None:
    one, two = anna.insert(people, [ADA, BOB])
    assert "ETag" not in get(anna, people, MISSING_ID, headers={"If-None-Match": "*"}).headers
    assert "ETag" not in get(anna, people, one, fields="name").headers
    assert "ETag" not in get(anna, people, one, filters='{"name": "ada"}').headers
    assert "ETag" not in get(anna, people, one, filters=f'{{"_id": {{"$in": ["{one}", "{two}"]}}}}').headers


def test_a_change_of_what_was_seen(anna: Tenant, people: str) -> None:
    (one,) = anna.insert(people, [ADA])
    seen = get(anna, people, one).headers["ETag"]
    answer = send(anna, "PUT", people, {"If-Match": seen}, filters={"_id": one}, update_data={"$inc": {"n": 1}})
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 1})
    assert answer.headers["ETag"] == f'"{one}-2"' == get(anna, people, one).headers["ETag"]
    gone = send(anna, "DELETE", people, {"If-Match": answer.headers["ETag"]}, filters={"_id": one})
    assert status_and_body(gone) == (200, {"success": True, "count": 1, "deleted_count": 1})


CHANGED = "Version conflict: the document has changed since you read it."
GONE = "The document no longer exists."


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_a_document_that_has_changed(anna: Tenant, people: str, verb: str) -> None:
    (one,) = anna.insert(people, [ADA])
    for values in ({"n": 7, "address.city": "Oslo"}, {"tags": []}):
        send(anna, "PUT", people, filters={"_id": one}, update_data=values)
    (current,) = stored(anna, people)
    more = {"update_data": {"n": 0}} if verb == "PUT" else {}
    answer = send(anna, verb, people, {"If-Match": f'"{one}-1"'}, filters={"_id": one}, **more)
    route = "GET /api/history"
    history = anna.ask(route, params={"database_id": anna.database, "collection_name": people, "document_id": one})
    details = {
        "current": current,
        "sent_version": 1,
        "current_version": 3,
        "changed_fields": ["n", "tags", "address"] if history.status_code == 200 else None,
    }
    assert status_and_body(answer) == (412, refused(CHANGED) | details)
    assert stored(anna, people) == [current]


def test_a_document_that_was_deleted(anna: Tenant, people: str) -> None:
    (one,) = anna.insert(people, [ADA])
    send(anna, "DELETE", people, filters={"_id": one})
    answer = send(anna, "PUT", people, {"If-Match": f'"{one}-1"'}, filters={"_id": one}, update_data={"n": 0})
    details = {"current": None, "sent_version": 1, "current_version": None, "changed_fields": None}
    assert status_and_body(answer) == (412, refused(GONE) | details)


def test_who_may_not_read_is_not_shown_the_document(anna: Tenant, people: str) -> None:
    (one,) = anna.insert(people, [ADA])
    key = anna.new_key(actions=["write"])
    answer = send(anna, "PUT", people, {"If-Match": f'"{one}-2"'}, key, filters={"_id": one}, update_data={"n": 0})
    details = {"current": None, "sent_version": 2, "current_version": 1, "changed_fields": None}
    assert status_and_body(answer) == (412, refused(CHANGED) | details)


def test_a_filter_that_does_not_match_the_version_seen_is_not_an_error(anna: Tenant, people: str) -> None:
    (one,) = anna.insert(people, [ADA])
    header = {"If-Match": f'"{one}-1"'}
    answer = send(anna, "PUT", people, header, filters={"_id": one, "n": 99}, update_data={"n": 0})
    assert status_and_body(answer) == (200, {"success": True, "modified_count": 0})
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("header", "filters", "text"),
    [
        ('"{id}-1"', {"name": "ada"}, "If-Match requires filters that name one _id."),
        ('"{id}-1"', {"_id": {"$in": ["{id}"]}}, "If-Match requires filters that name one _id."),
        ("*", None, 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'),
        ("{id}-1", None, 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'),
        ('w/"{id}-1"', None, 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'),
        ('"{id}-0"', None, 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'),
        ('"{id}-1", "{id}-2"', None, 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'),
        (f'"{MISSING_ID}-1"', None, "The ETag belongs to another document."),
    ],
)
def test_an_if_match_that_means_nothing(
    anna: Tenant, people: str, verb: str, header: str, filters: Any, text: str
) -> None:
    (one,) = anna.insert(people, [ADA])
    more = {"update_data": {"n": 0}} if verb == "PUT" else {}
    sent = header.replace("{id}", one)
    answer = send(anna, verb, people, {"If-Match": sent}, filters=filters or {"_id": one}, **more)
    assert status_and_body(answer) == (400, refused(text, ("If-Match", text)))
    assert plain(stored(anna, people)) == [ADA]


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_of_eight_with_one_etag_one_wins(anna: Tenant, people: str, verb: str) -> None:
    (one,) = anna.insert(people, [ADA])

    def write(number: int) -> Any:
        more = {"update_data": {"n": number + 100}} if verb == "PUT" else {}
        return send(anna, verb, people, {"If-Match": f'"{one}-1"'}, filters={"_id": one}, **more)

    answers = at_once(8, write)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    if verb == "DELETE":
        assert anna.count(people) == 0
        return
    (winner,) = [index for index, answer in enumerate(answers) if answer.status_code == 200]
    (document,) = stored(anna, people)
    assert (document["n"], document["_sys"]["version"]) == (winner + 100, 2)
    assert all(answer.json()["current"] == document for answer in answers if answer.status_code == 412)


# --- max_affected and dry_run -------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_max_affected(anna: Tenant, people: str, verb: str) -> None:
    anna.insert(people, [{"name": "x", "n": n} for n in range(7)])
    before = stored(anna, people)
    more = {"update_data": {"$inc": {"n": 10}}} if verb == "PUT" else {}
    answer = send(anna, verb, people, filters={"n": {"$gte": 1}}, max_affected=5, **more)
    text = "This would change 6 documents, more than the 5 of max_affected."
    assert status_and_body(answer) == (409, refused(text, ("max_affected", text)))
    assert stored(anna, people) == before
    assert send(anna, verb, people, filters={"n": {"$gte": 1}}, max_affected=6, **more).status_code == 200
    assert stored(anna, people) != before


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True, None, 2**31])
def test_max_affected_is_a_whole_number(anna: Tenant, people: str, value: Any) -> None:
    text = "max_affected must be a whole number from 1 to 2147483647"
    answer = send(anna, "DELETE", people, filters={"n": 1}, max_affected=value)
    assert status_and_body(answer) == (400, refused(text, ("max_affected", text)))


UNGUARDED = {
    "POST /api/crud": {"data": [{"n": 9}]},
    "POST /api/crud/bulk": {"operations": [{"insert": {"n": 9}}]},
    "POST /api/restore": {"document_id": "{id}", "version": 1},
    "POST /api/undelete": {"document_id": "{id}"},
    "DELETE /api/history": {"before": "2026-01-01T00:00:00Z"},
    "POST /api/clone_database": {"name": "copied"},
    "POST /api/create_database": {"db_name": "made"},
    "POST /api/add_collection": {"collections": [{"name": "made"}]},
    "DELETE /api/drop_collections": {"collection_names": ["{people}"]},
    "DELETE /api/drop_database": {"confirmation": "{name}"},
}


@pytest.mark.parametrize("route", UNGUARDED)
@pytest.mark.parametrize("name", ["dry_run", "max_affected"])
def test_an_unknown_safeguard_stops_the_request(
    anna: Tenant, people: str, truth: Truth, route: str, name: str
) -> None:
    (one,) = anna.insert(people, [ADA])
    send(anna, "PUT", people, filters={"_id": one}, update_data={"n": 5})
    before = truth.of_team(truth.team_of(anna.email))
    target = {} if "clone" in route else {"collection_name": people}
    text = json.dumps({"database_id": anna.database, **target, **UNGUARDED[route], name: 1})
    for word, value in {"{id}": one, "{people}": people, "{name}": anna.name}.items():
        text = text.replace(word, value)
    answer = anna.ask(route, content=text, headers={"Content-Type": "application/json"})
    error = {"field": name, "message": f"Unknown parameter {name}."}
    assert (answer.status_code, answer.json()["errors"]) == (400, [error])
    assert truth.of_team(truth.team_of(anna.email)) == before


@pytest.mark.parametrize("name", ["dry_run", "max_affected"])
@pytest.mark.parametrize("route", ["PUT /api/crud", "DELETE /api/crud", "PATCH /api/collection_schema"])
def test_a_safeguard_in_the_query_stops_the_request(
    anna: Tenant, people: str, truth: Truth, route: str, name: str
) -> None:
    anna.insert(people, [ADA])
    before = truth.of_team(truth.team_of(anna.email))
    body = {"database_id": anna.database, "collection_name": people, "filters": {"n": {"$gte": 0}}}
    change = {"strict": True} if "schema" in route else {"update_data": {"n": 5}} if "PUT" in route else {}
    answer = anna.ask(route, params={name: "true"}, json=body | change)
    error = {"field": name, "message": f"{name} belongs in the body, not in the query."}
    assert (answer.status_code, answer.json()["errors"]) == (400, [error])
    assert truth.of_team(truth.team_of(anna.email)) == before


def test_a_dry_update_reports_its_effect(anna: Tenant, people: str, truth: Truth) -> None:
    ids = anna.insert(people, [{"name": "x", "n": n} for n in range(7)])
    team = truth.team_of(anna.email)
    before, documents = truth.of_team(team), stored(anna, people)
    update = {"$inc": {"n": 10}, "$unset": {"level": ""}}
    status, body = status_and_body(
        send(anna, "PUT", people, filters={"n": {"$lt": 6}}, update_data=update, dry_run=True)
    )
    assert (status, body["success"], body["dry_run"], body["matched_count"]) == (200, True, True, 6)
    assert list(body) == ["success", "dry_run", "matched_count", "sample"]
    assert [item["_id"] for item in body["sample"]] == ids[:5]
    assert [item["before"] for item in body["sample"]] == documents[:5]
    assert plain([item["after"] for item in body["sample"]]) == [{"name": "x", "n": n + 10} for n in range(5)]
    assert {item["after"]["_sys"]["version"] for item in body["sample"]} == {2}
    assert truth.of_team(team) == before


def test_a_dry_delete_reports_its_effect(anna: Tenant, people: str, truth: Truth) -> None:
    (one, _) = anna.insert(people, [ADA, BOB])
    before = truth.of_team(truth.team_of(anna.email))
    (ada, _) = stored(anna, people)
    for filters in ({"_id": one}, {"name": "ada"}):
        answer = send(anna, "DELETE", people, filters=filters, dry_run=True)
        sample = [{"_id": one, "before": ada, "after": None}]
        assert status_and_body(answer) == (
            200,
            {"success": True, "dry_run": True, "matched_count": 1, "sample": sample},
        )
    nothing = send(anna, "DELETE", people, filters={"name": "nobody"}, dry_run=True)
    assert status_and_body(nothing) == (200, {"success": True, "dry_run": True, "matched_count": 0, "sample": []})
    assert truth.of_team(truth.team_of(anna.email)) == before


def test_a_dry_upsert(anna: Tenant, people: str) -> None:
    answer = send(
        anna, "PUT", people, filters={"name": "x"}, update_data={"$inc": {"n": 1}}, upsert=True, dry_run=True
    )
    status, body = status_and_body(answer)
    (sample,) = body["sample"]
    assert (status, body["matched_count"], sample["before"]) == (200, 0, None)
    assert plain([sample["after"]]) == [{"name": "x", "n": 1, "level": 1}]
    assert anna.count(people) == 0


@pytest.mark.parametrize(
    ("update", "more", "status"),
    [
        ({"$inc": {"level": 5}}, {}, 400),
        ({"slug": "bob"}, {}, 409),
        ({"n": 1}, {"max_affected": 1}, 409),
    ],
)
def test_a_dry_run_fails_as_the_real_one(
    anna: Tenant, people: str, update: dict[str, Any], more: dict[str, Any], status: int
) -> None:
    anna.insert(people, [ADA, BOB])
    before = stored(anna, people)
    body = {"filters": {"n": {"$gte": 1}}, "update_data": update, **more}
    dry, real = (send(anna, "PUT", people, **body, dry_run=flag) for flag in (True, False))
    assert status_and_body(dry) == status_and_body(real)
    assert dry.status_code == status
    assert stored(anna, people) == before


@pytest.mark.parametrize(("actions", "status"), [(["write"], 403), (["read"], 403), (["read", "write"], 200)])
def test_a_dry_run_shows_documents_to_readers_alone(
    anna: Tenant, people: str, actions: list[str], status: int
) -> None:
    anna.insert(people, [ADA])
    key = anna.new_key(actions=actions)
    answer = send(anna, "PUT", people, auth=key, filters={"name": "ada"}, update_data={"n": 7}, dry_run=True)
    assert answer.status_code == status
    assert plain(stored(anna, people)) == [ADA]


# --- equality and exactness ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "allowed", "refuses", "accepts"),
    [
        ("json", [1], True, 1),
        ("json", [True], 1, True),
        ("json", [0], False, 0.0),
        ("json", [False], 0.0, False),
        ("array", [[1]], [True], [1]),
        ("object", [{"a": False}], {"a": 0}, {"a": False}),
    ],
)
def test_an_enum_takes_no_number_for_a_truth_value(
    anna: Tenant, kind: str, allowed: list[Any], refuses: Any, accepts: Any
) -> None:
    rules = {"properties": {"w": {"enum": allowed}, "x": {"const": allowed[0]}}}
    name = anna.new_collection({"name": "v", "type": kind, "enum": allowed}, json_schema=rules)
    (one,) = anna.insert(name, [{"v": accepts, "w": accepts, "x": accepts}])
    before = stored(anna, name)
    for field in "vwx":
        document = {"v": accepts, field: refuses}
        assert send(anna, "POST", name, data=[document]).status_code == 400
        change = {"filters": {"_id": one}, "update_data": {field: refuses}}
        for more in ({}, {"dry_run": True}, {"update_data": {"$set": {field: refuses}}}):
            assert send(anna, "PUT", name, **{**change, **more}).status_code == 400
        assert anna.upload(json.dumps([document]).encode(), collection_name=name).status_code == 400
    assert stored(anna, name) == before


@pytest.mark.parametrize("literal", ["1e-400", "-1.5E-0325", "1e-324", "0." + "0" * 323 + "1"])
def test_a_number_that_would_become_0_is_refused_everywhere(anna: Tenant, literal: str) -> None:
    name = anna.new_collection({"name": "n", "type": "number"})
    anna.insert(name, [{"n": 0}])
    before = stored(anna, name)
    target = f'"database_id": "{anna.database}", "collection_name": "{name}"'
    number = f'{{"n": {literal}}}'
    query = {"database_id": anna.database, "collection_name": name, "filters": number}
    rest, key = f"/db/{anna.database}/rest/{name}", {"x-apikey": anna.key}
    sent = {"Content-Type": "application/json"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        anna.ask("POST /api/crud", content=f'{{{target}, "data": [{number}]}}', headers=sent),
        anna.ask("PUT /api/crud", content=f'{{{target}, "filters": {{}}, "update_data": {number}}}', headers=sent),
        anna.ask(
            "PUT /api/crud", content=f'{{{target}, "filters": {number}, "update_data": {{"n": 1}}}}', headers=sent
        ),
        anna.ask("GET /api/crud", params=query),
        anna.ask(
            "POST /api/aggregate", content=f'{{{target}, "pipeline": [{{"$match": {number}}}]}}', headers=sent
        ),
        anna.upload(f"[{number}]".encode(), collection_name=name),
        anna.upload(number.encode(), name="x.ndjson", collection_name=name),
        anna.client.post(rest, content=number, headers=key | sent),
        anna.client.post(rest, content=f"n={literal}", headers=key | form),
        anna.client.get(rest, params={"q": number}, headers=key),
    ]
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert f"The number {literal[:40]} is too small: it would be stored as 0." in answers[0].text
    assert stored(anna, name) == before


def _insert_on_a_new_connection(tenant: Tenant, collection: str, number: int) -> str:
    with httpx.Client(base_url=tenant.client.base_url, timeout=60, trust_env=False) as client:
        body = {"database_id": tenant.database, "collection_name": collection, "data": [{"n": number}]}
        answer = client.post("/api/crud", json=body, headers={"Authorization": tenant.api_key})
        assert answer.status_code == 201, answer.text
        return answer.json()["inserted_ids"][0]


def test_ids_rise_with_time_whichever_process_makes_them(anna: Tenant) -> None:
    collection = anna.new_collection({"name": "n", "type": "number"})
    one_by_one = [_insert_on_a_new_connection(anna, collection, number) for number in range(30)]
    assert one_by_one == sorted(one_by_one)
    (batch,) = [anna.insert(collection, [{"n": number} for number in range(100)])]
    assert [*one_by_one, *batch] == sorted([*one_by_one, *batch])


@pytest.mark.timeout(900)
def test_documents_inserted_at_the_same_time_sort_by_id_as_by_their_creation(anna: Tenant) -> None:
    collection = anna.new_collection({"name": "n", "type": "number"})
    with ThreadPoolExecutor(20) as pool:
        ids = [*pool.map(lambda number: _insert_on_a_new_connection(anna, collection, number), range(200))]
    documents = anna.find(collection, page_size=200, sort="_id")["data"]
    assert {document["_id"] for document in documents} == {*ids}
    created = [document["_sys"]["created"] for document in documents]
    assert created == sorted(created)
