"""Users of external identity providers: valid tokens and the permissions of roles."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.dialects.restdb.external_users import FULL, SECRET, ExternalUser, Pair, add_issuer, make_pair, token
from tests.dialects.restdb.support import failed, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import NOT_FOUND, Tenant, make_tenant, until

REFUSED = failed(401, "Token is invalid or expired", name="Unauthorized")
ROLES = {
    "reader": {"*": ["GET"]},
    "writer": {"articles": ["GET", "POST", "PUT"], "notes": ["POST"], "users": ["GET"]},
    "barred": {"*": ["GET"], "articles": []},
    "keeper": {"media": ["GET", "POST", "DELETE"]},
}
USERS = [
    {"email": "Joe@Example.com", "roles": ["writer"], "active": True},
    {"email": "ann@example.com", "roles": ["reader"]},
    {"email": "bob@example.com", "roles": ["reader"], "active": False},
    {"email": "eve@example.com", "roles": ["unknown"]},
    {"email": "kim@example.com", "roles": "keeper"},
    {"email": "two@example.com", "roles": ["barred", "writer"]},
    {"email": "twin@example.com", "roles": ["reader"]},
    {"email": "twin@example.com", "roles": ["writer"]},
    {"email": "dup@example.com", "roles": ["reader"]},
    {"email": "DUP@example.com", "roles": ["writer"]},
    {"email": "barred@example.com", "roles": ["barred"]},
]
FIELDS = [{"name": "title"}, {"name": "about", "type": "reference", "collection": "topics"}]


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make_pair()


@pytest.fixture(scope="module")
def shop(web: httpx.Client, pair: Pair) -> Tenant:
    """A database with articles about topics, notes, users, and three issuers."""
    tenant = make_tenant(web)
    tenant.add(
        {"name": "topics", "fields": [{"name": "title"}]},
        {"name": "articles", "fields": FIELDS},
        {"name": "notes", "fields": [{"name": "title"}]},
        {"name": "users", "fields": [{"name": "email"}]},
    )
    tenant.insert("users", USERS)
    add_issuer(tenant, roles=ROLES)
    add_issuer(tenant, roles=ROLES, algorithm="RS256", key=pair.public)
    add_issuer(tenant, roles=ROLES, key=SECRET[::-1], issuer="https://issuer.example/", audience="shop")
    return tenant


@pytest.fixture
def by(shop: Tenant) -> Callable[[str], ExternalUser]:
    return lambda name: ExternalUser(shop, token(f"{name}@example.com"))


def raw(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Return a token that no library would create."""
    body = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{body}.{_encoded(hmac.digest(key, body.encode(), hashlib.sha256)) if key else ''}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(claims: dict[str, Any]) -> str:
    return raw({"alg": "HS256"}, {"exp": SOON, **claims}, SECRET.encode())


# Later than the end of the longest test run.
SOON = int(time.time()) + 24 * 3600
JOE = "joe@example.com"
THIRD: dict[str, Any] = {"key": SECRET[::-1], "iss": "https://issuer.example/", "aud": "shop"}
NOBODY = "nobody@example.com is not a user of this database."
FORBIDDEN: dict[str, tuple[Callable[[], str], str]] = {
    "no email": (lambda: token(None), "The token has no e-mail address (`email`)."),
    "an email of another type": (lambda: signed({"email": ["x"]}), "The token has no e-mail address (`email`)."),
    "an unverified email": (
        lambda: token(JOE, email_verified=False),
        "The e-mail address of the token is not verified.",
    ),
    "an email that is verified by a number": (
        lambda: token(JOE, email_verified=1),
        "The e-mail address of the token is not verified.",
    ),
    "a letter that looks like another": (
        lambda: token("\u212aim@example.com"),
        "\u212aim@example.com is not a user of this database.",
    ),
    "an unknown email": (lambda: token("nobody@example.com"), NOBODY),
    "a pattern": (lambda: token(".*"), ".* is not a user of this database."),
    "an inactive user": (
        lambda: token("bob@example.com"),
        "bob@example.com is not an active user of this database.",
    ),
    "an email of two that differ in case": (
        lambda: token("dup@example.com"),
        "dup@example.com is not a user of this database.",
    ),
    "an email of two": (lambda: token("twin@example.com"), "twin@example.com is not a user of this database."),
}
WRONG: dict[str, Callable[[Pair], str]] = {
    "expired": lambda pair: token(JOE, exp=int(time.time()) - 60),
    "without an end": lambda pair: token(JOE, exp=None),
    "an end of another type": lambda pair: raw({"alg": "HS256"}, {"email": JOE, "exp": "x"}, SECRET.encode()),
    "an endless end": lambda pair: raw({"alg": "HS256"}, {"email": JOE, "exp": 1e300}, b"wrong"),
    "not yet valid": lambda pair: token(JOE, nbf=int(time.time()) + 120),
    "another key": lambda pair: token(JOE, key="x" * 32),
    "alg none": lambda pair: raw({"alg": "none"}, {"email": JOE, "exp": SOON}, b""),
    "alg of another kind": lambda pair: raw({"alg": ["HS256"]}, {"email": JOE, "exp": SOON}, SECRET.encode()),
    "the public key as a secret": lambda pair: raw(
        {"alg": "HS256"}, {"email": JOE, "exp": SOON}, pair.public.encode()
    ),
    "HS512": lambda pair: token(JOE, key=SECRET * 2, algorithm="HS512"),
    "another RSA key": lambda pair: token(JOE, key=make_pair().private, algorithm="RS256"),
    "another issuer": lambda pair: token(JOE, **{**THIRD, "iss": "https://other.example/"}),
    "another audience": lambda pair: token(JOE, **{**THIRD, "aud": "bank"}),
    "no audience": lambda pair: token(JOE, **{**THIRD, "aud": None}),
    "an issuer that claims to be this service": lambda pair: token(JOE, iss="datacube"),
    "over-long": lambda pair: token(JOE, padding="x" * 9_000),
    "no token": lambda pair: "x.y.z",
    "an array of claims": lambda pair: raw({"alg": "HS256"}, [JOE], SECRET.encode()),  # type: ignore[arg-type]
    "deep": lambda pair: f"{_encoded(b'[' * 5_000)}.{_encoded(b'[' * 900)}.x",
}


@pytest.mark.parametrize("case", WRONG)
def test_invalid_tokens_are_refused(shop: Tenant, pair: Pair, home: Path, case: str) -> None:
    text = WRONG[case](pair)
    for base in (shop.database, shop.name, "0" * 24):
        answer = ExternalUser(shop, text, base).ask("GET articles")
        assert result_of(answer) == REFUSED
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    stream = shop.client.get(f"/db/{shop.database}/realtime", params={"jwt": text})
    assert result_of(stream) == REFUSED


@pytest.mark.parametrize("case", FORBIDDEN)
def test_users_who_are_refused(shop: Tenant, case: str) -> None:
    make, text = FORBIDDEN[case]
    before = shop.count("articles")
    for route in ("GET articles", "POST articles", "GET /auth/userinfo"):
        request = {"json": {"title": "x"}} if route.startswith("POST") else {}
        assert result_of(ExternalUser(shop, make()).ask(route, **request)) == failed(403, text, name="Forbidden")
    assert shop.count("articles") == before


@pytest.mark.parametrize(
    "make",
    [
        lambda pair: token("JOE@example.com"),
        lambda pair: token(JOE, exp=int(time.time()) - 10),
        lambda pair: token(JOE, iss="anybody", aud="anything", email_verified=True),
        lambda pair: token(JOE, key=pair.private, algorithm="RS256"),
        lambda pair: token(JOE, **THIRD),
        lambda pair: token(JOE, **{**THIRD, "aud": ["bank", "shop"]}),
    ],
)
def test_valid_tokens_are_accepted(shop: Tenant, pair: Pair, make: Callable[[Pair], str]) -> None:
    for base in (shop.database, shop.name, shop.name.upper()):
        answer = ExternalUser(shop, make(pair), base).ask("GET /auth/userinfo")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["email"], answer.json()["roles"]) == ("Joe@Example.com", ["writer"])


def test_tokens_are_valid_for_one_database_and_surface(shop: Tenant, ben: Tenant) -> None:
    """Other databases of the team or of another tenant with an issuer, and routes outside /db refuse it."""
    foreign = add_issuer(ben, roles=ROLES, key="another secret that is long enough")
    assert foreign["algorithm"] == "HS256"
    text = token(JOE)
    assert result_of(ExternalUser(shop, text, ben.database).ask("GET films")) == REFUSED
    theirs = token(JOE, key="another secret that is long enough")
    assert result_of(ExternalUser(shop, theirs).ask("GET articles")) == REFUSED
    for path in ("/api/crud", "/api/list_databases", "/core/profile", "/api/keys", "/api/issuers"):
        params = {"database_id": shop.database, "collection_name": "articles"}
        answer = shop.client.get(path, params=params, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401
    stream = {"Authorization": f"Bearer {text}", "Accept": "text/event-stream"}
    events = shop.client.get("/api/events", params={"database_id": shop.database}, headers=stream)
    assert events.status_code == 401


def test_a_name_shared_by_two_databases_whose_issuers_accept_the_token_is_ambiguous(
    shop: Tenant, web: httpx.Client
) -> None:
    other = make_tenant(web)
    created = other.ask(
        "POST /api/create_database",
        json={"db_name": shop.name, "collections": [{"name": "users", "fields": [{"name": "email"}]}]},
    )
    database_id = created.json()["database"]["id"]
    body = {"database_id": database_id, "name": "x", "algorithm": "HS256", "key": "y" * 32}
    assert other.ask("POST /api/issuers", json=body).status_code == 201
    time.sleep(2.1)
    assert ExternalUser(shop, token(JOE), shop.name).ask("GET articles").status_code == 200
    assert other.ask("POST /api/issuers", json={**body, "key": SECRET}).status_code == 201
    several = "Several databases have this name; use the id of the one that you mean."
    answer = until(
        lambda: (
            (response := ExternalUser(shop, token(JOE), shop.name).ask("GET articles")).status_code == 404
            and response
        )
    )
    assert result_of(answer) == failed(404, several, name="NotFound")
    assert ExternalUser(shop, token(JOE)).ask("GET articles").status_code == 200
    body = {"database_id": database_id, "confirmation": shop.name}
    assert other.ask("DELETE /api/drop_database", json=body).status_code == 200


def missing(name: str) -> tuple[int, Any]:
    return failed(404, f"The database has no collection '{name}'.", name="NotFound")


def lacks(action: str) -> tuple[int, Any]:
    return failed(403, f"This needs the permission '{action}'.", name="Forbidden")


def test_roles_limit_collections(shop: Tenant, by: Callable[[str], ExternalUser]) -> None:
    (topic,) = shop.insert("topics", [{"title": "cats"}])
    joe, ann, eve, two, barred = (by(name) for name in ("joe", "ann", "eve", "two", "barred"))
    article = joe.make("articles", title="On cats", about=topic)
    assert joe.get(f"articles/{article}") == {"_id": article, "title": "On cats", "about": [topic]}
    assert ann.get(f"articles/{article}")["about"] == [{"_id": topic, "title": "cats"}]
    assert joe.ask(f"PUT articles/{article}", json={"title": "Cats"}).status_code == 200
    assert result_of(joe.ask(f"DELETE articles/{article}")) == lacks("delete")
    for name in ("topics", "films"):
        for route in (f"GET {name}", f"GET {name}/{topic}", f"GET {name}/_meta", f"DELETE {name}/{topic}"):
            assert result_of(joe.ask(route)) == missing(name)
    noted = joe.make("notes", title="x")
    assert result_of(joe.ask("GET notes")) == lacks("read")
    assert result_of(joe.ask(f"GET notes/{noted}")) == lacks("read")
    assert result_of(ann.ask("POST notes", json={"title": "x"})) == lacks("insert")
    assert result_of(ann.ask("GET users")) == missing("users")
    assert result_of(joe.ask("POST users", json={"email": "x@example.com"})) == lacks("insert")
    assert result_of(ann.ask("POST users", json={"email": "x@example.com"})) == missing("users")
    assert len(joe.get("users")) == len(USERS)
    assert result_of(eve.ask("GET articles")) == missing("articles")
    assert result_of(barred.ask("GET articles")) == missing("articles")
    assert barred.ask("GET topics").status_code == 200
    assert two.ask("GET articles").status_code == two.ask("GET topics").status_code == 200
    for user, expected in [
        (joe, ["articles", "notes", "users"]),
        (ann, ["articles", "films", "notes", "topics"]),
        (eve, []),
    ]:
        assert [item["name"] for item in user.get("_meta")["collections"]] == expected
        paths = user.get("_swagger.json")["paths"]
        assert sorted({path.split("/")[1] for path in paths}) == expected
        script = user.ask("GET _jsapi.js?plainjs=true").text
        assert ("topics" in script) == ("topics" in expected)
    assert result_of(joe.ask(f"GET articles/{article}?referencedby=true"))[1]["referencedby"] == {}
    assert ann.get(f"topics/{topic}", referencedby="true")["referencedby"]["articles"][0]["_id"] == article


def test_users_may_not_do_what_needs_a_full_access_key(shop: Tenant, by: Callable[[str], ExternalUser]) -> None:
    joe, kim = by("joe"), by("kim")
    text = "Deleting by query needs a full-access key."
    add = {"roles": {"all": {"*": FULL}}, "key": "z" * 40, "name": "all"}
    add_issuer(shop, **add)
    shop.insert("users", [{"email": "all@example.com", "roles": ["all"]}])
    everything = ExternalUser(shop, token("all@example.com", key="z" * 40))
    assert result_of(everything.ask("DELETE articles/*?q={}")) == failed(403, text, name="Forbidden")
    assert result_of(everything.ask("GET users")) == missing("users")
    letter = {"to": "x@example.com", "subject": "x", "html": "x"}
    mailed = everything.ask("POST /mail", json=letter)
    assert result_of(mailed) == failed(403, "Sending mail needs a full-access key.", name="Forbidden")
    files = {"file": ("a.txt", b"x", "text/plain")}
    assert result_of(joe.ask("POST /media", files=files)) == lacks("insert")
    assert result_of(everything.ask("POST /media", files=files)) == lacks("insert")
    file_id = kim.ask("POST /media", files=files).json()["ids"][0]
    assert result_of(joe.ask(f"GET /media/{file_id}/meta")) == lacks("read")
    assert kim.ask(f"GET /media/{file_id}/meta").json()[0]["_createdby"] == "kim@example.com"
    assert result_of(joe.ask(f"DELETE /media/{file_id}")) == lacks("delete")
    assert kim.ask(f"DELETE /media/{file_id}").status_code == 200


def test_the_creator_is_recorded(shop: Tenant, by: Callable[[str], ExternalUser]) -> None:
    joe = by("joe")
    article = joe.make("articles", title="mine")
    assert joe.get(f"articles/{article}", metafields="true")["_createdby"] == "Joe@Example.com"
    assert article in [item["_id"] for item in joe.get("articles", q='{"_createdby": "Joe@Example.com"}')]
    assert joe.get("articles", q=f'{{"_id": "{article}", "_createdby": "kim@example.com"}}') == []
    ((user,),) = [[item["_id"] for item in shop.find("users")["data"] if item["email"] == "Joe@Example.com"]]
    states = shop.ask(
        "GET /api/history",
        params={"database_id": shop.database, "collection_name": "articles", "document_id": article},
    )
    assert f"x{user}" in states.text


def test_tokens_work_from_any_origin(shop: Tenant, by: Callable[[str], ExternalUser]) -> None:
    """A token is not a cookie: its bearer may use it from any page."""
    answer = by("ann").ask("GET articles", headers={"Origin": "https://app.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_access_ends_within_seconds(shop: Tenant) -> None:
    """Soon after deactivating the user, changing roles, and deleting the issuer."""
    (user,) = shop.insert("users", [{"email": "gone@example.com", "roles": ["reader"]}])
    issuer = add_issuer(shop, roles=ROLES, key="q" * 40)
    gone = ExternalUser(shop, token("gone@example.com", key="q" * 40))
    assert gone.ask("GET articles").status_code == 200
    other = {"database_id": shop.database, "collection_name": "users", "filters": {"_id": user}}

    def change(values: dict[str, Any]) -> None:
        assert shop.ask("PUT /api/crud", json={**other, "update_data": values}).status_code == 200

    for values, status in [({"active": False}, 403), ({"active": True}, 200), ({"roles": []}, 404)]:
        change(values)
        until(lambda status=status: gone.ask("GET articles").status_code == status)
    change({"roles": ["reader"]})
    body = {"database_id": shop.database, "issuer_id": issuer["id"]}
    assert shop.ask("DELETE /api/issuers", json=body).status_code == 200
    until(lambda: gone.ask("GET articles").status_code == 401)


def test_nothing_secret_is_logged(shop: Tenant, home: Path, by: Callable[[str], ExternalUser]) -> None:
    person = by("ann")
    assert person.ask("GET articles").status_code == 200
    address = f"{shop.client.base_url}/db/{shop.database}/realtime"
    with httpx.stream("GET", address, params={"jwt": person.token}, trust_env=False) as stream:
        assert stream.status_code == 200
    logged = b"".join(path.read_bytes() for path in (home / "logs").glob("*"))
    for secret in (person.token, SECRET, person.token.split(".")[2]):
        assert secret.encode() not in logged
    issuers = shop.ask("GET /api/issuers", params={"database_id": shop.database}).text
    assert SECRET not in issuers
    assert NOT_FOUND not in issuers


def sign(shop: Tenant, key: str = "", **body: Any) -> httpx.Response:
    headers = {"x-apikey": key or shop.key}
    return shop.client.post(f"/db/{shop.database}/auth/jwt", json=body, headers=headers)


NO_SECRET = "Must be the name or the id of an issuer of this database with a secret (HS256)."


@pytest.mark.parametrize("expires", [60, "60", "1m", None])
def test_tokens_are_signed(shop: Tenant, expires: Any) -> None:
    issuer = shop.ask("GET /api/issuers", params={"database_id": shop.database}).json()["issuers"][2]
    body = {"secret": issuer["id"], "payload": {"email": JOE, "x": [1]}, "subject": "7"}
    answer = sign(shop, **body, **({"expiresIn": expires} if expires else {}))
    assert answer.status_code == 200, answer.text
    claims = jwt.decode(answer.json()["jwt"], THIRD["key"], algorithms=["HS256"], audience="shop")
    assert abs(claims.pop("exp") - time.time() - (60 if expires else 3600)) < 30
    assert claims == {"email": JOE, "x": [1], "iss": THIRD["iss"], "aud": "shop", "sub": "7"}
    assert ExternalUser(shop, answer.json()["jwt"]).ask("GET /auth/userinfo").status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["secret", "payload"]),
        ({"secret": "Auth0", "payload": {}}, ["secret"]),
        ({"secret": "nobody", "payload": {}}, ["secret"]),
        ({"payload": {"exp": 1}, "expiresIn": "31d"}, ["payload", "expiresIn"]),
        ({"payload": [], "algorithm": "none", "x": 1}, ["x", "algorithm", "payload"]),
        ({"payload": {}, "expiresIn": -1, "subject": 3}, ["expiresIn", "subject"]),
        ({"payload": {}, "expiresIn": True}, ["expiresIn"]),
        ({"payload": {}, "expiresIn": "٣h"}, ["expiresIn"]),
        ({"payload": {}, "audience": False, "issuer": {}, "subject": 0}, ["issuer", "audience", "subject"]),
    ],
)
def test_invalid_signing_requests(shop: Tenant, body: dict[str, Any], fields: list[str]) -> None:
    """Two issuers have the same name."""
    issuer = shop.ask("GET /api/issuers", params={"database_id": shop.database}).json()["issuers"][0]
    secret = {} if "secret" in fields else {"secret": issuer["id"]}
    answer = sign(shop, **{**secret, **body})
    assert (answer.status_code, [error["field"] for error in answer.json()["list"]]) == (400, fields)
    assert NO_SECRET in answer.text or "secret" not in fields


def test_signing_needs_a_full_access_key(shop: Tenant, by: Callable[[str], ExternalUser]) -> None:
    body = {"secret": "Auth0", "payload": {"email": JOE}}
    text = "Signing tokens needs a full-access key."
    assert result_of(by("joe").ask("POST /auth/jwt", json=body)) == failed(403, text, name="Forbidden")
    assert result_of(sign(shop, browser_key(shop), **body)) == failed(403, text, name="Forbidden")
    some = shop.new_key(actions=["read", "insert", "write"]).removeprefix("Api-Key ")
    assert result_of(sign(shop, some, **body)) == lacks("delete")
    issuer = shop.ask("GET /api/issuers", params={"database_id": shop.database}).json()["issuers"][0]
    long = sign(shop, secret=issuer["id"], payload={"x": "x" * 9_000})
    assert long.status_code == 413
