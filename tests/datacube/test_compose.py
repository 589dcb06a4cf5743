"""The image and the compose file have what SQL statements and functions need, and give them no rights."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from datacube.local.paths import ROOT

pytestmark = pytest.mark.unit
FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OF_THE_IMAGE = {name: service for name, service in FILE["services"].items() if service["image"] == "datacube"}


def test_the_services_of_the_image() -> None:
    assert {*OF_THE_IMAGE} == {"web", "streams", "worker", "beat", "migrate"}


@pytest.mark.parametrize("name", OF_THE_IMAGE)
def test_a_service_has_no_rights_that_its_processes_could_use(name: str) -> None:
    service = OF_THE_IMAGE[name]
    assert (service["cap_drop"], service["read_only"], service["init"]) == (["ALL"], True, True)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service and "cap_add" not in service and "ports" not in service
    assert service["pids_limit"] >= 1_000


def test_the_image_has_the_runtime_of_functions_and_the_client_of_buckets() -> None:
    text = (ROOT / "Dockerfile").read_text()
    groups = re.findall(r"--group (\S+)", text)
    assert groups == ["functions", "storage"]
    assert "RUN .venv/bin/deno --version" in text
    assert "\nUSER datacube\n" in text
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "features" not in ignored and "tests" in ignored
