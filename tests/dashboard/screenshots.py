"""`./dev screenshots`: screenshots of every page of the dashboard, light, dark and on a phone."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from datacube.local import paths, test_service
from tests.dashboard.browsers import chromium, dashboard_user, launch, pages_of
from tests.support import PASSWORD, Tenant, ask, make_database, make_person, make_tenant

FOLDER = paths.ROOT / "screenshots"
_VARIANTS = {
    "light": {},
    "dark": {"dark": True},
    "phone": {"phone": True},
    "phone-dark": {"phone": True, "dark": True},
}
_LONG_NAME = "a_very_long_name_that_somebody_has_chosen_without_a_thought_of_narrow_screens_and_of_columns"


def fill(client: httpx.Client) -> Tenant:
    """Create a tenant with long names, deep documents, errors and keys."""
    tenant = make_tenant(client)
    make_database(client, tenant.bearer, name=_LONG_NAME)
    shape = [
        {"name": "title", "required": True, "description": "As it stands on the cover"},
        {"name": "isbn", "unique": True},
        {"name": "genre", "type": "enum", "enum": ["novel", "poetry", "letters"]},
        {"name": _LONG_NAME, "type": "object"},
    ]
    writer = {"name": "writer", "type": "reference", "collection": "writers"}
    tenant.add({"name": "writers", "fields": [{"name": "name"}]})
    tenant.add({"name": "books", "fields": [*shape, writer]}, {"name": _LONG_NAME, "fields": [{"name": "a"}]})
    deep = {"a": {"b": {"c": [{"d": "x" * 200}] * 5}}}
    tenant.insert(
        "books", [{"title": f"Book {number}", "isbn": str(number), _LONG_NAME: deep} for number in range(200)]
    )
    tenant.upload((paths.ROOT / "samples" / "stations.json").read_bytes(), name="stations.json")
    for number in range(40):
        tenant.find("books", page_size=number % 9 + 1)
    ask(client, "GET /api/crud", auth=tenant.api_key, params={"database_id": tenant.database, "filters": "{"})
    tenant.new_key(name="web shop", actions=["read"], databases=[tenant.database])
    tenant.new_key(name=_LONG_NAME, expires_at="2099-01-01T00:00:00Z", actions=["read", "insert", "design"])
    return tenant


def make(url: str) -> list[Path]:
    FOLDER.mkdir(exist_ok=True)
    files = []
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        tenant, (newcomer, _) = fill(client), make_person(client)
        pages = pages_of(tenant, "books")
    with launch() as browser:
        for variant, options in _VARIANTS.items():
            with dashboard_user(browser, url, **options) as user:
                for path in ("login", "register", "reset"):
                    files.append(_picture(user, path, variant))
                user.sign_in(newcomer, PASSWORD)
                files.append(_picture(user, "", variant, name="home-empty"))
                user.page.context.clear_cookies()
                user.sign_in(tenant.email, PASSWORD)
                files += [_picture(user, path, variant) for path in pages]
    return files


def _picture(user, path: str, variant: str, *, name: str = "") -> Path:
    user.go(path)
    user.page.wait_for_timeout(400)
    parts = re.split("[/?&=]", path)
    is_one = re.fullmatch(r"[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-z]{26}|[0-9]+", parts[-1]) and len(parts) > 2
    words = [part for part in parts if len(part) not in (24, 26, 32) and not part.isdigit()]
    last = name or "-".join([*words, *(["one"] if is_one else [])]) or "home"
    last = last.replace("%7B", "broken")
    file = FOLDER / f"{last}.{variant}.png"
    user.page.screenshot(path=file, full_page=True)
    return file


def main(arguments: Sequence[str]) -> int:
    if chromium() is None:
        print("chromium is not installed: run apt-get install chromium, or set CHROMIUM.", file=sys.stderr)
        return 1
    environment = dict(os.environ)
    environment_dir = test_service.prepare(environment)
    try:
        with test_service.service(environment) as url:
            files = make(url)
    except test_service.NotStarted as error:
        print(f"It did not start:\n{error}", file=sys.stderr)
        return 1
    test_service.tidy(environment_dir, passed=True)
    print(json.dumps({"pictures": len(files), "folder": str(FOLDER)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
