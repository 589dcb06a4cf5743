"""The two clients as programs use them, with a key."""

from __future__ import annotations

import asyncio

import pytest

from datacube_client import AsyncDataCube, AuthenticationError, DataCube, NoResponseError, Retries
from tests.support import Tenant


def test_the_client(anna: Tenant, service_url: str) -> None:
    with DataCube(service_url, anna.key, options={"trust_env": False}) as client:
        films = client.database(anna.database).collection(anna.new_collection())
        films.insert([{"Title": str(n)} for n in range(3)])
        assert [film["Title"] for film in films.find(sort="Title", page_size=2)] == ["0", "1", "2"]
        assert client.database(anna.database).files.upload({"a.txt": b"x"})
    with pytest.raises(RuntimeError, match="closed"):
        films.count()


def test_the_asynchronous_client(anna: Tenant, service_url: str) -> None:
    collection = anna.new_collection()

    async def run() -> list[str]:
        async with AsyncDataCube(service_url, anna.key, options={"trust_env": False}) as client:
            database = client.database(anna.database)
            films = database.collection(collection)
            since = (await database.read_events())["next"]
            await asyncio.gather(*(films.insert([{"Title": str(n)}]) for n in range(3)))
            events = database.events(since, collection=collection)
            assert [(await anext(events))["operation"] for _ in range(3)] == ["insert"] * 3
            return [film["Title"] async for film in films.find(sort="Title", page_size=2)]

    assert asyncio.run(run()) == ["0", "1", "2"]


def test_credentials_that_are_not_valid(service_url: str) -> None:
    with DataCube(service_url, "dc_no", options={"trust_env": False}) as client, pytest.raises(AuthenticationError):
        client.stats()


def test_a_service_that_does_not_listen() -> None:
    retries = Retries(attempts=2, delay=0)
    with DataCube("http://127.0.0.1:9", retries=retries) as client, pytest.raises(NoResponseError):
        client.stats()
