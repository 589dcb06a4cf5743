"""The table of published endpoints: complete, and what it says works is served."""

from __future__ import annotations

import re

from datacube.local.paths import ROOT
from tests.surfaces import routes

PAGE = (ROOT / "docs" / "api" / "airsequel.md").read_text()
SERVED = re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE) `(/\S+)` \| works \|", PAGE, re.MULTILINE)
OTHERS = re.findall(
    r"^\| `(/\S+)` \((GET|POST|PUT|PATCH|DELETE)\) \| (works|planned|next|refused) \|", PAGE, re.MULTILINE
)


def test_every_published_endpoint_has_a_row() -> None:
    published = [*SERVED, *((verb, path) for path, verb, _ in OTHERS)]
    assert (len(published), len(set(published))) == (96, 96)


def test_what_works_is_served() -> None:
    served = {re.sub(r"\{\w+\}", "{}", route) for route in routes()} | {"GET /api/docs"}
    assert {f"{verb} {re.sub(r'{[^}]+}', '{}', path)}" for verb, path in SERVED} <= served
