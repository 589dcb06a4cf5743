"""Files by both clients."""

from __future__ import annotations

import io

import pytest

from datacube_client import Database, NotFoundError
from datacube_client.resources.files import Files


def test_a_file_from_its_upload_to_its_deletion(database: Database) -> None:
    files = Files(database._driver, database=database.id)
    one, two = files.upload({"one.txt": b"the first file", "two.txt": io.BytesIO(b"x" * 300_000)})
    assert files.read(one) == b"the first file"
    assert b"".join(files.download(two)) == b"x" * 300_000
    assert files.describe(two)["size"] == 300_000
    files.delete(one)
    with pytest.raises(NotFoundError):
        files.describe(one)
