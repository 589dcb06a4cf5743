"""Files and images of a database."""

from __future__ import annotations

from collections.abc import Mapping

from datacube_client.core.effects import JSON, Flow, Stream
from datacube_client.core.operation import AsyncResource, Content, Resource, SyncResource, iteration, operation
from datacube_client.core.texts import chunks


class FileOperations(Resource):
    """Files, by their ids. Everyone who knows the id of a file can read it."""

    @operation
    def upload(self, files: Mapping[str, Content]) -> Flow[list[str]]:
        """Store files, `{name: bytes or opened file}`, all or none, and return their ids."""
        return _upload(self, files)

    @iteration
    def download(self, file_id: str, *, size: str | None = None) -> Stream[bytes]:
        """Iterate over the chunks of a file. `size` of an image: `t` (128 pixels), `w` (640) or `o` (default)."""
        body = yield from self._open(self._request(_READ, {}, {"file": file_id, "s": size}))
        yield from chunks(body)

    @operation
    def read(self, file_id: str, *, size: str | None = None) -> Flow[bytes]:
        """Return the whole file."""
        response = yield from self._call(_READ, file=file_id, s=size)
        return response.content

    @operation
    def describe(self, file_id: str) -> Flow[JSON]:
        """Return `origname`, `mediatype`, `size` and, of an image, `width` and `height`."""
        response = yield from self._call("GET /db/{database}/media/{file}/meta", file=file_id)
        record: JSON = response.json()[0]
        return record

    @operation
    def delete(self, file_id: str) -> Flow[JSON]:
        """Delete a file."""
        return self._ask("DELETE /db/{database}/media/{file}", file=file_id)


_READ = "GET /db/{database}/media/{file}"


def _upload(resource: Resource, files: Mapping[str, Content]) -> Flow[list[str]]:
    parts = [("file", (name, content)) for name, content in files.items()]
    response = yield from resource._upload("POST /db/{database}/media", parts)
    return list(response.json()["ids"])


class Files(FileOperations, SyncResource):
    """Files."""


class AsyncFiles(FileOperations, AsyncResource):
    """Files."""
