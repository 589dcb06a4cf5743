"""What becomes of MongoDB's error codes, and of what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient, errors

import engine
from engine.errors import Unexpected
from engine.query.query import Query
from engine.store.driver_errors import is_timeout, translation
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

MANY_FIELDS = {f"f{number}": 1 for number in range(33)}
TOO_MANY = "At most 32 fields can be sorted by."


def refused(code: int, name: str = "", *, labels: tuple[str, ...] = ()) -> errors.OperationFailure:
    """What the driver raises for a code; those without a name are called by their number."""
    details = {"code": code, "codeName": name or f"Location{code}", "errmsg": "", "errorLabels": [*labels]}
    return errors.OperationFailure("", code, details)


@pytest.mark.parametrize(
    ("codes", "kind", "retry_after"),
    [
        ([10334, 17280, 17419, 17420, 13548, 4568, 16493, 4031700, 5414201], engine.TooLarge, None),
        ([13103, 40087, 31249, 17276, 12345, 4567], engine.Invalid, None),
    ],
)
def test_codes_without_a_name(codes: list[int], kind: type[engine.Error], retry_after: int | None) -> None:
    for code in codes:
        problem = translation(refused(code))
        assert (type(problem), problem.retry_after) == (kind, retry_after), code
        of_a_write = errors.BulkWriteError({"writeErrors": [{"code": code, "errmsg": "", "index": 0}]})
        assert type(translation(of_a_write)) is kind, code


@pytest.mark.parametrize(
    ("code", "name", "kind", "retry_after"),
    [
        (2, "BadValue", engine.Invalid, None),
        (241, "ConversionFailure", engine.Invalid, None),
        (146, "ExceededMemoryLimit", engine.TooLarge, None),
        (292, "QueryExceededMemoryLimitNoDiskUseAllowed", engine.TooLarge, None),
        (257, "TransactionTooLarge", engine.TooLarge, None),
        (388, "TransactionTooLargeForCache", engine.TooLarge, None),
        (10334, "BSONObjectTooLarge", engine.TooLarge, None),
        (112, "WriteConflict", engine.Conflict, 1),
        (24, "LockTimeout", engine.Conflict, 1),
        (46, "LockBusy", engine.Conflict, 1),
        (117, "ConflictingOperationInProgress", engine.Conflict, 1),
        (251, "NoSuchTransaction", engine.Conflict, 1),
        (246, "SnapshotUnavailable", engine.Conflict, 1),
        (365, "TemporarilyUnavailable", engine.Conflict, 1),
        (43, "CursorNotFound", engine.Unavailable, 1),
        (175, "QueryPlanKilled", engine.Unavailable, 1),
        (215, "DatabaseDropPending", engine.Unavailable, 1),
        (50, "MaxTimeMSExpired", engine.TimedOut, 1),
        (262, "ExceededTimeLimit", engine.TimedOut, 1),
        (290, "TransactionExceededLifetimeLimitSeconds", engine.TimedOut, 1),
        (433, "AdmissionQueueOverflow", engine.Unavailable, 5),
        (14031, "OutOfDiskSpace", engine.Unavailable, 60),
        (91, "ShutdownInProgress", engine.Unavailable, 2),
        (10107, "NotWritablePrimary", engine.Unavailable, 2),
        (11600, "InterruptedAtShutdown", engine.Unavailable, 2),
        (1, "InternalError", Unexpected, None),
        (8, "UnknownError", Unexpected, None),
        (13, "Unauthorized", Unexpected, None),
        (59, "CommandNotFound", Unexpected, None),
        (499, "NobodyKnowsThisOne", Unexpected, None),
        (20999, "NobodyKnowsThisOneEither", Unexpected, None),
    ],
)
def test_codes_with_a_name(code: int, name: str, kind: type[engine.Error], retry_after: int | None) -> None:
    problem = translation(refused(code, name))
    assert (type(problem), problem.retry_after) == (kind, retry_after)
    if kind is not engine.Unavailable or retry_after != 2:
        assert "does not respond" not in problem.message


def test_what_may_pass_is_told_so() -> None:
    problem = translation(refused(8, "UnknownError", labels=("TransientTransactionError",)))
    assert (type(problem), problem.retry_after) == (engine.Conflict, 1)


@pytest.mark.parametrize(("code", "is_late"), [(50, True), (262, True), (290, True), (2, False), (91, False)])
def test_which_codes_mean_that_time_is_up(code: int, is_late: bool) -> None:
    assert is_timeout(refused(code, "x")) is is_late


def test_an_error_of_the_driver_is_none_of_the_store() -> None:
    assert type(translation(errors.ConfigurationError("secret"))) is Unexpected
    assert type(translation(errors.AutoReconnect("secret"))) is engine.Unavailable


def test_the_log_has_the_code_and_none_of_the_words(caplog: pytest.LogCaptureFixture) -> None:
    translation(errors.OperationFailure("secret", 8, {"codeName": "UnknownError", "errmsg": "secret"}))
    assert "code 8 (UnknownError)" in caplog.text and "secret" not in caplog.text


# --- sorts by too many fields -------------------------------------------------------------------------

PIPELINES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "$sort": ([{"$sort": MANY_FIELDS}], "pipeline.0.$sort"),
    "in $lookup": (
        [{"$lookup": {"from": "things", "as": "x", "pipeline": [{"$sort": MANY_FIELDS}]}}],
        "pipeline.0.$lookup.pipeline.0.$sort",
    ),
    "in $facet": ([{"$facet": {"a": [{"$sort": MANY_FIELDS}]}}], "pipeline.0.$facet.a.0.$sort"),
    "in $unionWith": (
        [{"$unionWith": {"coll": "things", "pipeline": [{"$sort": MANY_FIELDS}]}}],
        "pipeline.0.$unionWith.pipeline.0.$sort",
    ),
    **{
        name: (
            [{"$group": {"_id": None, "a": {name: {"sortBy": MANY_FIELDS, "output": "$s", **more}}}}],
            f"pipeline.0.$group.a.{name}.sortBy",
        )
        for name, more in {"$topN": {"n": 1}, "$bottomN": {"n": 1}, "$top": {}, "$bottom": {}}.items()
    },
    "$setWindowFields": (
        [{"$setWindowFields": {"sortBy": MANY_FIELDS, "output": {"n": {"$sum": 1}}}}],
        "pipeline.0.$setWindowFields.sortBy",
    ),
}


@pytest.mark.parametrize(("pipeline", "place"), PIPELINES.values(), ids=PIPELINES)
def test_a_sort_by_33_fields(make: Make, pipeline: list[dict[str, Any]], place: str) -> None:
    things = make()
    known = engine.Collection(
        things.store, things.database, things.spec, "me", things.allowed, siblings={"things": things.spec}
    )
    assert faults(engine.Invalid, known.aggregate, pipeline) == [(place, TOO_MANY)]


def test_a_list_sorted_by_33_fields(make: Make) -> None:
    told = faults(engine.Invalid, make().find, Query({}, sort=tuple(MANY_FIELDS.items())))
    assert told == [("sort", "At most 31 fields can be sorted by.")]


# --- sizes --------------------------------------------------------------------------------------------

BIG = "x" * 14_000
TWICE = {"$concat": ["$$value", "$$value"]}
SIZES: dict[str, list[dict[str, Any]]] = {
    "$push": [{"$group": {"_id": None, "a": {"$push": "$s"}}}],
    "$lookup": [{"$limit": 1}, {"$lookup": {"from": "things", "pipeline": [], "as": "a"}}],
    "$facet": [{"$facet": {"a": [{"$match": {}}]}}],
    "$facet twice": [{"$facet": {"a": [{"$match": {}}], "b": [{"$match": {}}]}}],
    "text": [
        {"$limit": 1},
        {"$project": {"a": {"$reduce": {"input": {"$range": [0, 14]}, "initialValue": "$s", "in": TWICE}}}},
    ],
    "document": [{"$limit": 1}, {"$project": {"a": {"$map": {"input": {"$range": [0, 1500]}, "in": "$s"}}}}],
}


@pytest.fixture(scope="module")
def large(mongo: MongoClient[dict[str, Any]], store: engine.Store) -> Any:
    name = f"test_{ObjectId()}"
    mongo[name]["things"].insert_many({"s": BIG, "_sys": {"version": 1}} for _ in range(5_500))
    spec = engine.CollectionSpec("things", "things")
    yield engine.Collection(store, name, spec, "me", engine.ALL_ACTIONS, siblings={"things": spec})
    mongo.drop_database(name)


@pytest.mark.parametrize("pipeline", SIZES.values(), ids=SIZES)
def test_what_is_too_large_for_mongodb(large: engine.Collection, pipeline: list[dict[str, Any]]) -> None:
    told = refusal(engine.TooLarge, large.aggregate, pipeline)
    assert told.retry_after is None
