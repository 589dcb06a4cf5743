"""The same work as the service's, by pymongo alone: two processes of several threads, the same write concern."""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from bson import ObjectId
from pymongo import MongoClient, UpdateOne

from bench.documents import COUNT, document, email


def main() -> None:
    """Read {uri, database, collection, workload, ids, seconds, threads, at_once} as JSON, and print the figures.

    `at_once` operations are sent in one command; an operation takes as long as its command.
    """
    order = orjson.loads(sys.stdin.buffer.read())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(_work, [order | {"seed": seed} for seed in range(2)])
    durations = sorted(item for result in results for item in result["durations"])
    figures = {
        "rate": sum(result["rate"] for result in results),
        "cpu": sum(result["cpu"] for result in results),
        "p50": durations[len(durations) // 2],
        "p99": durations[len(durations) * 99 // 100],
    }
    print(orjson.dumps(figures).decode())


def _work(order: dict[str, Any]) -> dict[str, Any]:
    client = MongoClient[dict[str, Any]](order["uri"], w="majority", journal=True)
    collection = client[order["database"]][order["collection"]]
    collection.find_one()
    ids = [ObjectId(text) for text in order["ids"]]
    at_once = order["at_once"]
    operation = partial(TOGETHER[order["workload"]], at_once) if at_once > 1 else _OPERATIONS[order["workload"]]
    durations: list[float] = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()

    def loop(number: int) -> None:
        rng = random.Random(order["seed"] * 100 + number)
        while (started := time.monotonic()) < began + order["seconds"]:
            operation(collection, ids, rng)
            durations.append((time.monotonic() - started) * 1000)

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": at_once * len(durations) / took, "cpu": cpu, "durations": durations}


def _insert(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    collection.insert_one(_ONE | {"_sys": _new_stamps(), "email": email(rng.randrange(COUNT))})


def _batch(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    collection.insert_many([item | {"_sys": _new_stamps()} for item in _MANY])


def _new_stamps() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"version": 1, "created": now, "created_by": "k1", "updated": now, "updated_by": "k1"}


def _read(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    orjson.dumps(collection.find_one({"_id": rng.choice(ids)}), default=str)


def _filter(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    cursor = collection.find({"email": email(rng.randrange(COUNT))}).limit(50)
    orjson.dumps(cursor.to_list(), default=str)


def _page(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    cursor = collection.find({"active": True}).sort([("email", 1), ("_id", 1)])
    orjson.dumps(cursor.skip(50 * rng.randrange(20)).limit(50).to_list(), default=str)


def _update(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    collection.update_one({"_id": rng.choice(ids)}, _change(rng))


def _change(rng: random.Random) -> dict[str, Any]:
    return {
        "$set": {"visits": rng.randrange(1_000_000), "_sys.updated": datetime.now(UTC)},
        "$inc": {"_sys.version": 1},
    }


def _mixed(collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    share = rng.random()
    operation = _read if share < 0.7 else _update if share < 0.9 else _insert
    operation(collection, ids, rng)


def _insert_together(count: int, collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    emails = [email(rng.randrange(COUNT)) for _ in range(count)]
    collection.insert_many([_ONE | {"_sys": _new_stamps(), "email": item} for item in emails], ordered=False)


def _read_together(count: int, collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    for row in collection.find({"_id": {"$in": rng.sample(ids, count)}}):
        orjson.dumps(row, default=str)


def _update_together(count: int, collection: Any, ids: list[ObjectId], rng: random.Random) -> None:
    collection.bulk_write(
        [UpdateOne({"_id": name}, _change(rng)) for name in rng.sample(ids, count)], ordered=False
    )


_ONE = document(0)
_MANY = [document(number) for number in range(1_000)]
_OPERATIONS: Mapping[str, Callable[..., None]] = {
    "insert": _insert,
    "read": _read,
    "filter": _filter,
    "page": _page,
    "update": _update,
    "mixed": _mixed,
    "batch": _batch,
}

TOGETHER: Mapping[str, Callable[..., None]] = {
    "insert": _insert_together,
    "read": _read_together,
    "update": _update_together,
}

if __name__ == "__main__":
    main()
