"""Mails of a database: accepted, recorded, sent by the worker."""

from __future__ import annotations

import email
import email.policy
import secrets
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dialects.restdb.support import Rest, code_of, failed, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import Tenant, Truth, until
from web.throttling import consume

LINE = "Must be one line of text of at most {} characters."
ADDRESS = "Must be one e-mail address."


def post(rest: Rest, body: Any, *, key: str | None = None) -> httpx.Response:
    headers = {"x-apikey": rest.tenant.key if key is None else key}
    return rest.tenant.client.post(f"/db/{rest.tenant.database}/mail", json=body, headers=headers)


def address() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def finished_mails(rest: Rest, answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the records once all of the mails are sent or failed."""
    assert answer.status_code == 201, answer.text
    ids = [item["email_outbound_id"] for item in answer.json()["result"]]

    def ended() -> list[dict[str, Any]]:
        records = [rest.get(f"email_outbound/{name}") for name in ids]
        return [] if any(item["status"] == "queued" for item in records) else records

    return until(ended, seconds=180)  # the worker may be busy with jobs of other tests


def error_item(field: str, message: str, index: int) -> dict[str, Any]:
    return {"field": field, "message": [message, code_of(message)], "index": index}


def delivered(home: Path, to: str) -> list[EmailMessage]:
    """Return the mails to an address.

    Django's backend writes a line of hyphens after each mail, several mails to a file.
    """
    written = (path.read_bytes() for path in (home / "mail").iterdir())
    mails = (raw for file in written for raw in file.split(b"-" * 79 + b"\n") if to.encode() in raw)
    return [email.message_from_bytes(raw, policy=email.policy.default) for raw in mails]


def test_a_mail(rest: Rest, home: Path) -> None:
    to = address()
    letter = {"to": to, "subject": "Grüße", "html": "<p>Hello</p>", "company": "ACME", "sendername": "Älva, shop"}
    (record,) = finished_mails(rest, post(rest, letter))
    assert record | {"_id": 0, "from": 0} == {
        **letter,
        "_id": 0,
        "from": 0,
        "template": "",
        "values": {},
        "transport": "default",
        "status": "sent",
        "attempts": 1,
    }
    (mail,) = delivered(home, to)
    assert (mail["To"], mail["Subject"]) == (to, "Grüße")
    assert mail["From"].addresses[0].display_name == "Älva, shop"
    assert mail["From"].addresses[0].addr_spec == "datacube@localhost"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Hello</p>"
    assert mail.get_body(("plain",)).get_content().strip() == "Hello"


def test_several_mails_and_opt_outs(rest: Rest, home: Path) -> None:
    first, second = address(), address()
    finished_mails(rest, post(rest, {"to": address(), "subject": "x", "html": "x"}))
    third = second.replace("@", ".a@")
    rest.create("email_unsubscribed", {"email": f" {second.title()}"}, {"email": third.replace(".a@", "xa@")})
    addresses = (first, second, second.upper(), third)
    records = finished_mails(rest, post(rest, [{"to": to, "subject": "x", "html": "x"} for to in addresses]))
    assert [item["status"] for item in records] == ["sent", "unsubscribed", "unsubscribed", "sent"]
    assert (len(delivered(home, first)), delivered(home, second)) == (1, [])


def test_templates(rest: Rest, home: Path) -> None:
    finished_mails(rest, post(rest, {"to": address(), "subject": "x", "html": "x"}))
    template = {"name": secrets.token_hex(4), "subject": "Hello {{name}}", "html": "<p>{{name}}: {{sum}}</p>"}
    rest.create("email_templates", template)
    to = address()
    values = {"name": "<b>\nBcc: x@example.com", "sum": 3}
    finished_mails(rest, post(rest, {"to": to, "template": template["name"], "html": values}))
    (mail,) = delivered(home, to)
    assert (mail["Subject"], mail["Bcc"]) == ("Hello <b> Bcc: x@example.com", None)
    assert "&lt;b&gt;" in mail.get_body(("html",)).get_content()
    unknown = "There is no template 'nothing'."
    answer = post(rest, {"to": to, "template": "nothing", "html": "{}"})
    assert (answer.status_code, answer.json()["list"]) == (
        400,
        [{"field": "template", "message": [unknown, "INVALID"]}],
    )
    answer = post(rest, [{"to": to, "template": "nothing", "html": "{}"}])
    assert (answer.status_code, answer.json()["list"]) == (400, [error_item("template", unknown, 0)])
    answer = post(rest, {"to": to, "template": template["name"], "html": {"a": {"$b": 1}}})
    text = "A field name must not begin with '$'."
    assert (answer.status_code, answer.json()["list"]) == (
        400,
        [{"field": "html.a.$b", "message": [text, "INVALID"]}],
    )
    answer = post(rest, {"to": to, "template": template["name"], "html": {"a": "x" * 600_000}})
    assert answer.json()["list"] == [
        {"field": "html", "message": ["A mail has at most 524288 bytes (MAX_MAIL_BYTES).", "INVALID"]}
    ]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ({"subject": "x", "html": "{{a}}" * 100}, "The template gives more than 524288 bytes."),
        ({"subject": "{{a}}", "html": "x"}, "The template gives more than 500 bytes."),
    ],
)
def test_a_template_that_exceeds_the_limit(rest: Rest, home: Path, template: dict[str, str], reason: str) -> None:
    finished_mails(rest, post(rest, {"to": address(), "subject": "x", "html": "x"}))
    name, to = secrets.token_hex(4), address()
    rest.create("email_templates", {"name": name, **template})
    (record,) = finished_mails(rest, post(rest, {"to": to, "template": name, "html": {"a": "x" * 10_000}}))
    assert (record["status"], record["reason"]) == ("failed", reason)
    assert delivered(home, to) == []


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"to": "x"}, "to", ADDRESS),
        ({"to": "a@example.com, b@example.com"}, "to", ADDRESS),
        ({"to": "a@example.com\nBcc: b@example.com"}, "to", ADDRESS),
        ({"to": ["b@example.com", "x"]}, "to.1", ADDRESS),
        ({"to": ["b@example.com", None]}, "to.1", "This field is required."),
        ({"to": [["a@example.com"]]}, "to.0", ADDRESS),
        ({"to": []}, "to", "This field is required."),
        ({"to": None}, "to", "This field is required."),
        ({"to": {"a": 1}}, "to", ADDRESS),
        ({"to": f"a@{'ü' * 60}.com"}, "to", ADDRESS),
        ({"subject": "x\r\nBcc: b@example.com"}, "subject", LINE.format(500)),
        ({"subject": "x" * 501}, "subject", LINE.format(500)),
        ({"sendername": "x\nBcc: b"}, "sendername", LINE.format(200)),
        ({"sendername": {"a": 1}}, "sendername", LINE.format(200)),
        ({"sendername": "<a@b.co> x"}, "sendername", "Must be a name, without '<', '>', '@' and '\"'."),
        ({"html": {"a": 1}}, "html", "Must be a text; an object is for templates."),
        ({"html": 1}, "html", "Must be a text, or with a template an object of values."),
        ({"template": "t", "html": '"x"'}, "html", "Must be a text, or with a template an object of values."),
        ({"html": []}, "html", "Must be a text, or with a template an object of values."),
        ({"html": False}, "html", "Must be a text, or with a template an object of values."),
        ({"sendername": 0}, "sendername", "Must be one line of text of at most 200 characters."),
        ({"html": "x" * 600_000}, "html", "A mail has at most 524288 bytes (MAX_MAIL_BYTES)."),
    ],
)
def test_errors(rest: Rest, change: dict[str, Any], field: str, message: str) -> None:
    letter = {"to": "a@example.com", "subject": "x", "html": "x"}
    answer = post(rest, [letter, {**letter, **change}])
    assert (answer.status_code, answer.json()["list"]) == (400, [error_item(field, message, 1)])


def test_several_receivers_and_no_subject(rest: Rest, home: Path) -> None:
    """Each receiver gets a mail and a record of their own."""
    first, second = address(), address()
    answer = post(
        rest, [{"to": [first, second, first], "html": "x"}, {"to": [second], "subject": None, "html": "y"}]
    )
    assert (answer.status_code, len(answer.json()["result"])) == (201, 3)
    assert [record["to"] for record in finished_mails(rest, answer)] == [first, second, second]
    (mail,) = delivered(home, first)
    assert (mail["To"], mail["Subject"] or "") == (first, "")
    assert len(delivered(home, second)) == 2
    many = post(rest, {"to": [address() for _ in range(1001)], "html": "x"})
    assert result_of(many)[1]["message"] == "At most 1000 mails at once (MAX_MAIL_BATCH)."


def test_permissions(rest: Rest, ben: Tenant, truth: Truth) -> None:
    web, reader = browser_key(rest.tenant), rest.tenant.new_key(actions=["read"]).removeprefix("Api-Key ")
    before = truth.of_team(truth.team_of(rest.tenant.email))
    letter = {"to": "a@example.com", "subject": "x", "html": "x"}
    needs = failed(403, "Sending mail needs a full-access key.", name="Forbidden")
    assert result_of(post(rest, letter, key=web)) == needs
    assert result_of(post(rest, letter, key=ben.key)) == failed(404, "Not found or access denied", name="NotFound")
    assert post(rest, letter, key="").status_code == 401
    assert post(rest, letter, key=reader).status_code == 403
    assert post(rest, []).status_code == 400
    assert result_of(post(rest, [letter] * 1001))[1]["message"] == "At most 1000 mails at once (MAX_MAIL_BATCH)."
    assert truth.of_team(truth.team_of(rest.tenant.email)) == before


def test_a_key_with_insert_may_send(rest: Rest) -> None:
    key = rest.tenant.new_key(actions=["insert"]).removeprefix("Api-Key ")
    answer = post(rest, {"to": address(), "subject": "x", "html": "x"}, key=key)
    assert finished_mails(rest, answer)[0]["status"] == "sent"


def test_the_hourly_limit_of_a_team(ben: Tenant, truth: Truth) -> None:
    """Refused mails do not count."""
    rest, letter = Rest(ben), {"to": address(), "subject": "x", "html": "x"}
    assert [post(rest, [{}] * 1000).status_code for _ in range(3)] == [400] * 3
    consume("mail", str(truth.team_of(ben.email)), limit=2000, window=3600, amount=1999)
    assert [post(rest, [letter] * count).status_code for count in (2, 1001, 1, 1)] == [429, 413, 201, 429]
