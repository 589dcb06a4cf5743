"""OpenAPI operations of scripts, settings, files, users and mails."""

from __future__ import annotations

from dialects.restdb.openapi.documents import BASE, FLAG, KEYS, OBJECT, operation
from web.openapi import TEXT, listing, members

_SCRIPTS = (
    (
        "js",
        "The JavaScript API",
        "For pages with jQuery, or without (`plainjs=true`).",
        "text/javascript",
    ),
    ("mjs", "The JavaScript API as a Module", "An ES module whose calls answer promises.", "text/javascript"),
    ("d.ts", "Types of the JavaScript API", "TypeScript declarations of the module.", "text/javascript"),
    (
        "d.mts",
        "Types beside the module",
        "As `_jsapi.d.ts`, under the name that TypeScript looks up for the module.",
        "text/javascript",
    ),
    ("doc", "Documentation of the JavaScript API", "Documentation of the library, as HTML.", "text/html"),
)
_KEY = (("apikey", TEXT, False, "A key; what it may see is named in the script."),)
_PLAIN = (*_KEY, ("plainjs", FLAG, False, "The form that needs no jQuery."))
SCRIPTS = tuple(
    operation(
        "get",
        f"{BASE}/rest/_jsapi.{kind}",
        f"rest_jsapi_{kind.replace('.', '_')}",
        summary,
        f"{text} Needs no key; `ETag` changes with the schema.",
        query=_PLAIN if kind == "js" else _KEY,
        answers={"200": (TEXT, "…")},
        answer_media=media,
        security=[{}, *KEYS],
    )
    for kind, summary, text, media in _SCRIPTS
)
SCRIPTS = (
    *SCRIPTS,
    operation(
        "get",
        f"{BASE}/assets/js/eventsource.min.js",
        "rest_eventsource",
        "EventSource for Old Browsers",
        "Does nothing in browsers that have an EventSource. Needs no key.",
        answers={"200": (TEXT, "…")},
        answer_media="text/javascript",
        security=[{}, *KEYS],
    ),
)
_SETTINGS = members({"public_schemas": listing(TEXT), "public_file_names": {"type": "boolean"}})
_SET = {"public_schemas": ["people"], "public_file_names": True}
SETTINGS = (
    operation(
        "get",
        f"{BASE}/settings",
        "rest_settings",
        "Read the Settings",
        "What is public without a key for clients that know the database's id. Needs `design`.",
        answers={"200": (_SETTINGS, _SET)},
    ),
    operation(
        "patch",
        f"{BASE}/settings",
        "rest_settings_change",
        "Change Settings",
        "Sets the members that are sent, and keeps the others. Needs `design`.",
        body=(_SETTINGS, _SET),
        answers={"200": (_SETTINGS, _SET)},
    ),
)
_FILE = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
_RECORD = {"_id": _FILE, "origname": "a.png", "mediatype": "image/png", "size": 91, "width": 9, "height": 9}
_MEDIA = f"{BASE}/media/{{file}}"
MEDIA = (
    operation(
        "post",
        f"{BASE}/media",
        "media_upload",
        "Upload Files",
        "Files as multipart/form-data, under any names of fields; all of them are stored, or none.",
        media="multipart/form-data",
        body=(members({"file": {"type": "string", "format": "binary"}}), {"file": "@a.png"}),
        answers={
            "201": (
                members({"msg": TEXT, "uploadid": TEXT, "ids": listing(TEXT)}),
                {"msg": "OK", "uploadid": _FILE, "ids": [_FILE]},
            )
        },
    ),
    operation(
        "get",
        _MEDIA,
        "media_read",
        "Read a File",
        "By its id, for which no key is needed, or by its name. Serves ranges and ETags.",
        query=(
            ("s", {"enum": ["t", "w", "o"], "default": "o"}, False, "128 pixels, 640 pixels, or the original."),
            ("download", FLAG, False, "To be saved, not shown."),
        ),
        answers={"200": ({"type": "string", "format": "binary"}, "…")},
        answer_media="application/octet-stream",
        security=[{}, *KEYS],
    ),
    operation(
        "delete",
        _MEDIA,
        "media_delete",
        "Delete a File",
        "With all its sizes.",
        answers={"200": (members({"result": listing(TEXT)}), {"result": [_FILE]})},
    ),
    operation(
        "get",
        f"{_MEDIA}/meta",
        "media_meta",
        "Describe a File",
        "An array of one record.",
        answers={"200": (listing(OBJECT), [_RECORD])},
    ),
)
_USER = {"_id": "60c72b2f9b1d8b1a2d3e4568", "email": "joe@example.com", "roles": ["customer"]}
PEOPLE = (
    operation(
        "get",
        f"{BASE}/auth/userinfo",
        "auth_userinfo",
        "Who Am I",
        "The document of `users` that the token of an outside identity provider names.",
        answers={"200": (OBJECT, _USER)},
    ),
    operation(
        "post",
        f"{BASE}/auth/jwt",
        "auth_jwt",
        "Sign a Token",
        "For servers, with a full-access key that has every right on documents: a token signed with the secret of "
        "an issuer of the database, which `secret` names.",
        body=(
            members(
                {"secret": TEXT, "payload": OBJECT},
                {"algorithm": TEXT, "issuer": TEXT, "audience": TEXT, "subject": TEXT, "expiresIn": {}},
            ),
            {"secret": "Auth0", "payload": {"email": "joe@example.com"}, "expiresIn": "2h"},
        ),
        answers={"200": (members({"jwt": TEXT}), {"jwt": "eyJhbGciOi…"})},
    ),
    operation(
        "post",
        f"{BASE}/auth/logout",
        "auth_logout",
        "Log Out",
        "Acknowledges that a client discards its token. Nothing is revoked: a token ends when it expires, or as "
        "soon as `active` of its user is false.",
        answers={"200": (members({"message": TEXT}), {"message": "OK"})},
    ),
)
_LETTER = {"to": "joe@example.com", "subject": "Hello", "html": "<p>Hello!</p>", "sendername": "The shop"}
MAIL = (
    operation(
        "post",
        f"{BASE}/mail",
        "mail_send",
        "Send Mails",
        "A mail, or an array of them; each becomes a record in `email_outbound`, and is sent in the background.",
        body=({"oneOf": [OBJECT, listing(OBJECT)]}, _LETTER),
        answers={"201": (members({"result": listing(OBJECT)}), {"result": [{"email_outbound_id": _FILE}]})},
    ),
)
