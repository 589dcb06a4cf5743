"""Every surface refuses invalid UTF-8 and repeated parameters, and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

import engine
from tests.dialects.restdb.support import Rest, failed
from tests.support import Tenant, status_and_body
from web.requests.addresses import check_address, check_query, form_of

NOT_UTF_8 = "This is not UTF-8: percent-encode the bytes of UTF-8, such as %C3%A9 for é."
ONCE = "Give this parameter once only."
REPLACED, RIGHT = "caf\ufffd", "café"


@pytest.fixture
def words(anna: Tenant) -> str:
    name = anna.new_collection({"name": "s"})
    anna.insert(name, [{"s": REPLACED}, {"s": RIGHT}, {"s": "plain"}])
    return name


@pytest.fixture
def rest(anna: Tenant) -> Rest:
    return Rest(anna)


def first_error(answer: Any) -> str:
    return json.dumps(answer.json(), ensure_ascii=False)


def test_queries_that_are_not_utf_8(anna: Tenant, rest: Rest, words: str) -> None:
    base = f"database_id={anna.database}&collection_name={words}"
    raw = quote('{"s": "caf') + "%E9" + quote('"}')
    for answer in (
        anna.ask(f"GET /api/crud?{base}&filters={raw}"),
        anna.ask(f"GET /api/distinct?{base}&field=s&filters={raw}"),
        anna.ask(f"GET /api/export?{base}&filters={raw}"),
        anna.ask(f"GET /api/history/search?{base}&filters={raw}"),
        anna.ask(f"GET /api/events?database_id={anna.database}&since=%E9"),
        anna.ask("GET /api/list_databases?search=%FF"),
        anna.ask(f"GET /api/events?database_id={anna.database}&since=%E9", headers={"Accept": "text/event-stream"}),
        rest.ask(f"GET {words}?q={raw}"),
        rest.ask(f"DELETE {words}/*?q={raw}"),
        rest.ask(f"GET {words}?%E9=1"),
    ):
        assert answer.status_code == 400
        assert NOT_UTF_8 in first_error(answer)
    assert anna.count(words) == 3
    good = quote(json.dumps({"s": RIGHT}, ensure_ascii=False))
    assert [item["s"] for item in rest.ask(f"GET {words}?q={good}").json()] == [RIGHT]


def test_paths_that_are_not_utf_8(anna: Tenant, rest: Rest, words: str) -> None:
    for route in (f"{words}/caf%E9", "caf%E9", f"{words}%FF"):
        answer = rest.ask(f"GET {route}")
        assert status_and_body(answer) == failed(400, f"The path: {NOT_UTF_8}", name="BadRequest")
    assert rest.ask("GET caf%C3%A9").status_code == 404
    page = anna.client.get("/dashboard/databases/caf%E9")
    assert page.status_code in (400, 404)


@pytest.mark.parametrize("content", [b"s=caf%E9", b"s=caf\xe9", b"s%E9=1"])
@pytest.mark.parametrize("charset", ["", "; charset=ISO-8859-1"])
def test_forms_that_are_not_utf_8(rest: Rest, words: str, content: bytes, charset: str) -> None:
    headers = {"Content-Type": f"application/x-www-form-urlencoded{charset}"}
    answer = rest.ask(f"POST {words}", content=content, headers=headers)
    assert answer.status_code == 400
    assert NOT_UTF_8 in first_error(answer)
    assert rest.tenant.count(words) == 3


def test_repeated_parameters_are_refused(anna: Tenant, rest: Rest, words: str) -> None:
    base = f"database_id={anna.database}&collection_name={words}"
    for answer in (
        anna.ask(f"GET /api/crud?{base}&filters={{}}&filters={{}}"),
        anna.ask(f"GET /api/crud?{base}&sort=-n&sort=email"),
        anna.ask(f"GET /api/crud?{base}&page_size=1&page_size=2"),
        anna.ask(f"GET /api/crud?{base}&page_size=1&page%5Fsize=1"),
        anna.ask(f"GET /api/export?{base}&format=json&format=csv"),
        anna.ask("GET /api/list_databases?page=1&page=2"),
        anna.ask(f"GET /api/events?database_id={anna.database}&limit=1&limit=2"),
        anna.ask("GET /api/keys?page=1&page=1"),
        rest.ask(f'DELETE {words}/*?q={{"s":"plain"}}&q={{"s":{{"$exists":true}}}}'),
        rest.ask(f"GET {words}?max=1&max=2"),
        rest.ask(f"GET {words}?apikey=a&apikey=b"),
    ):
        assert answer.status_code == 400, answer.url
        assert ONCE in first_error(answer)
    assert anna.count(words) == 3


def test_sort_parameters_may_be_repeated(rest: Rest) -> None:
    name = rest.tenant.new_collection()
    rest.create(name, {"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 1})
    items = rest.ask(f"GET {name}?sort=a&sort=b&dir=-1&dir=1").json()
    assert [(item["a"], item["b"]) for item in items] == [(2, 1), (1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ("", None),
        ("a=1&b=2&&c", None),
        ("a=%C3%A9&b=caf\xc3\xa9", None),
        ("a=%EF%BF%BD", None),
        ("a=100%&b=%zz", None),
        ("a=%C3&b=%A9", ["a", "b"]),
        ("%E9=1", [""]),
        ("a=1&a=1", ["a"]),
        ("a&a", ["a"]),
        ("a+b=1&a%20b=2&c=1&c=1", ["a b", "c"]),
        ("s=1&s=2", None),
    ],
)
def test_checks_of_a_query(raw: str, fields: list[str] | None) -> None:
    if fields is None:
        return check_query(raw, repeatable=("s",))
    with pytest.raises(engine.Invalid) as caught:
        check_query(raw, repeatable=("s",))
    assert [error.field for error in caught.value.errors] == fields


def test_a_path_without_its_raw_form_is_decoded_already() -> None:
    check_address({"PATH_INFO": "/db/100%25/caf\xc3\xa9", "QUERY_STRING": ""})
    with pytest.raises(engine.Invalid):
        check_address({"PATH_INFO": "/db/caf\xe9", "QUERY_STRING": ""})


def test_a_form_may_repeat_names() -> None:
    assert form_of(b"a=1&a=2").getlist("a") == ["1", "2"]
