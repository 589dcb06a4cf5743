"""Databases: list, creation from samples and files, collections, settings and deletion."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import catalog.services
import engine
import features.usage.services
from accounts.models import Membership
from accounts.services import principals
from catalog.services.deletion import Database
from engine.context import now
from tests.dashboard.conftest import Browser, text_of


def names_of(browser: Browser) -> list[str]:
    databases, _ = catalog.services.queries.list_databases(browser.principal, page=1, page_size=100, search="")
    return [item["name"] for item in databases]


# --- the list -----------------------------------------------------------------------------------------


def test_the_page_without_databases_shows_instructions(anna: Browser) -> None:
    page = text_of(anna.get(""))
    assert "Create your first database" in page
    assert "/api/create_database" in page


def test_databases_are_listed_with_their_metrics(anna: Browser, films: engine.Database) -> None:
    features.usage.services.add({(films.id, int(now().timestamp()) // 60): [7, 1, 2, *[0] * 11]})
    page = text_of(anna.get(""))
    assert films.name in page
    assert "1 collection · 2 documents" in page
    assert "7 requests" in page
    assert "No database of this team" in text_of(anna.get("?search=nothing-like-it"))
    assert films.name in text_of(anna.get(f"?search={films.name[2:6]}"))


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?page=99999999999999999999", "?search=%00"])
def test_an_invalid_query_is_ignored(anna: Browser, query: str) -> None:
    assert anna.get(query).status_code == 200


# --- new databases ------------------------------------------------------------------------------------


def test_an_empty_database(anna: Browser) -> None:
    answer = anna.post("new", {"name": "Library", "template": "empty"})
    assert (answer.status_code, names_of(anna)) == (302, ["library"])
    assert "No collections yet" in text_of(anna.client.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("form_data", "error"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "a b"}, "Try a_b."),
        ({"name": "admin"}, "reserved"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "fine", "template": "file"}, "Choose a file."),
        ({"name": "fine", "template": "none"}, "Select a valid choice"),
    ],
)
def test_errors_of_a_new_database(anna: Browser, form_data: dict[str, str], error: str) -> None:
    answer = anna.post("new", form_data)
    assert (answer.status_code, names_of(anna)) == (400, [])
    assert error in text_of(answer) or form_data.get("template") == "none"


def test_an_existing_name_is_an_error_of_its_field(anna: Browser, films: engine.Database) -> None:
    answer = anna.post("new", {"name": films.name})
    assert (answer.status_code, "already exists" in text_of(answer)) == (400, True)


def test_a_database_with_samples(anna: Browser) -> None:
    answer = anna.post("new", {"name": "samples", "template": "sample"})
    page = text_of(anna.client.get(answer.headers["Location"]))
    assert "60 documents are in the collection stations" in page


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'[{"a": 1}, {"a": 2}]', "2 documents are in the collection things"),
        (b'{"type": "FeatureCollection", "features": [{"a": 1}, {"a": 2}, {"a": 3}]}', "3 documents are in the"),
        (b'{"type": "Other", "features": [{"a": 1}, {"a": 2}]}', "1 documents are in the"),
    ],
)
def test_a_database_from_a_file(anna: Browser, content: bytes, text: str) -> None:
    file = SimpleUploadedFile("things.json", content)
    answer = anna.post("new", {"name": "from_file", "template": "file", "file": file})
    assert text in text_of(anna.client.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("airports.csv", b"iata,iata\nJFK,New York\n", "airports.csv cannot be read: The column"),
        ("airports.csv.gz", b"\x1f\x8b\x08\x00", "airports.csv.gz cannot be read: The file is not complete"),
        ("things.json", b"[{", "things.json cannot be read"),
        ("things.json", b'[{"a": 1}, {"$b": 2}]', "No database was created."),
        (".json", b'[{"a": 1}]', "No database was created."),
    ],
)
def test_a_file_that_fails_leaves_no_database(anna: Browser, name: str, content: bytes, text: str) -> None:
    file = SimpleUploadedFile(name, content)
    answer = anna.post("new", {"name": "from_file", "template": "file", "file": file})
    page = text_of(answer)
    assert (answer.status_code, names_of(anna)) == (400, [])
    assert (
        text in page and "JSON (.json), one JSON object per line (.ndjson, .jsonl) or a table (.csv, .tsv)" in page
    )


def test_a_name_is_stored_in_lower_case_as_the_page_says(anna: Browser) -> None:
    assert "Stored in lower case: Movies becomes movies." in text_of(anna.get("new"))
    answer = anna.post("new", {"name": "Movies"})
    assert "The database movies is created." in text_of(anna.client.get(answer.headers["Location"]))


def test_a_collection_without_fields(anna: Browser, films: engine.Database) -> None:
    assert anna.post(f"db/{films.id}/new", {"name": "anything", "history": "on"}).status_code == 302
    assert catalog.services.retention.describe_collection(anna.principal, films.id, "anything")["fields"] == []


# --- collections --------------------------------------------------------------------------------------


def test_a_collection_with_fields(anna: Browser, films: engine.Database) -> None:
    form_data = {
        "name": "people",
        "history": "on",
        "field-0-name": "email",
        "field-0-type": "email",
        "field-0-required": "on",
        "field-3-name": "role",
        "field-3-type": "enum",
        "field-3-enum": "cast, crew",
        "field-4-name": "film",
        "field-4-type": "reference",
        "field-4-collection": "films",
        "field-9-name": "",
    }
    answer = anna.post(f"db/{films.id}/new", form_data)
    assert answer.status_code == 302
    assert "people" in text_of(anna.client.get(answer.headers["Location"]))
    about = catalog.services.retention.describe_collection(anna.principal, films.id, "people")
    assert about["fields"] == [
        {"name": "email", "type": "email", "required": True},
        {"name": "role", "type": "enum", "enum": ["cast", "crew"]},
        {"name": "film", "type": "reference", "collection": "films"},
    ]
    assert (about["strict"], about["history"]["enabled"]) == (False, True)


def test_errors_of_fields_are_shown_in_their_rows(anna: Browser, films: engine.Database) -> None:
    form_data = {"name": "people", "field-0-name": "fine", "field-0-type": "string", "field-1-name": "_id"}
    answer = anna.post(f"db/{films.id}/new", form_data)
    assert answer.status_code == 400
    assert 'id="field-1-errors"' in answer.content.decode()
    assert 'id="field-0-errors"' not in answer.content.decode()
    assert "reserved" in text_of(answer)
    for wrong in ({"name": "films", "field-0-name": "a"}, {"name": "a b", "field-0-name": "a"}):
        assert anna.post(f"db/{films.id}/new", wrong).status_code == 400
    assert list(catalog.services.access.open_database(anna.principal, films.id).specs) == ["films"]


# --- settings -----------------------------------------------------------------------------------------


def test_public_access_is_a_setting(
    anna: Browser, films: engine.Database, new_team_member: Callable[[str], Browser]
) -> None:
    form_data = {"public_schemas": ["films"], "public_file_names": "on"}
    assert anna.post(f"db/{films.id}/settings", form_data).status_code == 302
    read_settings = catalog.services.rest.read_rest_settings
    assert read_settings(anna.principal, films.id).as_dict() == {
        "public_schemas": ["films"],
        "public_file_names": True,
    }
    page = anna.get(f"db/{films.id}/settings").content.decode()
    assert re.search(r'name="public_file_names"[^>]* checked', page)
    assert re.search(r'name="public_schemas" value="films" checked', page)
    answer = anna.post(f"db/{films.id}/settings", {"public_schemas": ["nowhere"]})
    assert (answer.status_code, "no collection" in text_of(answer)) == (400, True)
    editor = new_team_member("editor")
    assert "Public schemas" not in text_of(editor.get(f"db/{films.id}/settings"))
    assert editor.post(f"db/{films.id}/settings", {}).status_code == 403
    assert read_settings(anna.principal, films.id).as_dict() == {
        "public_schemas": ["films"],
        "public_file_names": True,
    }
    assert anna.post(f"db/{films.id}/settings", {}).status_code == 302
    assert read_settings(anna.principal, films.id).as_dict() == {"public_schemas": [], "public_file_names": False}


# --- deletion -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick_drops")
def test_deletion_needs_the_name(anna: Browser, films: engine.Database) -> None:
    assert anna.post(f"db/{films.id}/c/films/drop", {"confirmation": "film"}).status_code == 400
    assert anna.post(f"db/{films.id}/drop", {"confirmation": "films"}).status_code == 400
    assert films.collection("films").count() == 2
    assert anna.post(f"db/{films.id}/c/films/drop", {"confirmation": "films"}).status_code == 302
    assert films.collection("films").count() == 0
    assert anna.post(f"db/{films.id}/drop", {"confirmation": films.name}).headers["Location"] == "/dashboard/"
    assert names_of(anna) == []


# --- stored scripts and roles -------------------------------------------------------------------------

SCRIPT = "<script>alert(1)</script>"


def test_a_database_is_handed_over_to_another_team(anna: Browser, ben: Browser, films: engine.Database) -> None:
    personal = anna.principal.home_team
    page = f"db/{films.id}/settings"
    assert "Hand over" not in text_of(anna.get(page))
    anna.post("team/new", {"name": "crew"})
    team = anna.principal.teams.keys() - {personal}
    anna.post("team/choose", {"team": str(personal)})
    assert "Hand over to another team" in text_of(anna.get(page))
    done = anna.post(f"db/{films.id}/transfer", {"team": str(*team)})
    assert done.headers["Location"] == f"/dashboard/{page}"
    assert "belongs to this team now" in text_of(anna.get(page))
    assert {Database.objects.get(public_id=films.id).team_id} == team
    assert anna.post(f"db/{films.id}/transfer", {"team": str(ben.principal.home_team)}).status_code == 404
    assert anna.post(f"db/{films.id}/transfer", {"team": "x"}).status_code == 404


def test_stored_script_is_shown_as_text(anna: Browser, films: engine.Database) -> None:
    Database.objects.filter(public_id=films.id).update(name=SCRIPT)
    catalog.services.access.invalidate(films.id)
    hostile = {"name": SCRIPT, "description": f'"{SCRIPT}', "type": "enum", "enum": [SCRIPT]}
    catalog.services.creation.add_collections(
        anna.principal, films.id, collections=[{"name": "x", "fields": [hostile]}]
    )
    anna.post("keys", {"name": SCRIPT, "actions": ["read"], "scope": "all"})
    anna.post("team/new", {"name": SCRIPT})
    for path in (
        *("", "keys", "team", "account", f"db/{films.id}", f"db/{films.id}/settings", f"db/{films.id}/api"),
        *(f"db/{films.id}/activity", f"db/{films.id}/c/x/schema", f"db/{films.id}/c/x/indexes"),
    ):
        answer = anna.get(path)
        assert answer.status_code == 200, path
        assert SCRIPT not in answer.content.decode(), path


def test_roles_see_only_allowed_actions(anna: Browser, ben: Browser, films: engine.Database) -> None:
    from_viewer = _as(anna, ben, "viewer", films)
    assert "New collection" not in text_of(from_viewer.get(f"db/{films.id}"))
    assert "Only owners" in text_of(from_viewer.get(f"db/{films.id}/settings"))
    assert "Only owners manage API keys" in text_of(from_viewer.get("keys"))
    for path, data in (
        (f"db/{films.id}/new", {"name": secrets.token_hex(4), "field-0-name": "a"}),
        (f"db/{films.id}/drop", {"confirmation": films.name}),
        (f"db/{films.id}/c/films/drop", {"confirmation": "films"}),
        (f"db/{films.id}/c/films/schema", {"op": "drop", "name": "title", "step": "apply"}),
        (f"db/{films.id}/c/films/indexes", {"paths": "title"}),
        (f"db/{films.id}/api", {}),
        ("keys", {"name": "mine", "actions": ["read"], "scope": "all"}),
        ("new", {"name": "mine"}),
    ):
        assert from_viewer.post(path, data).status_code == 403, path
    assert films.collection("films").count() == 2


def _as(owner: Browser, guest: Browser, role: str, database: engine.Database) -> Browser:
    """Return the guest's browser in the owner's team."""
    team = owner.principal.home_team
    Membership.objects.create(team_id=team, user_id=guest.principal.user_id, role=role)
    principals.invalidate_all()
    assert guest.post("team/choose", {"team": str(team)}).status_code == 302
    return guest
