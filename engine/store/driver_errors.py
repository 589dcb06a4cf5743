"""Translation of the driver's errors, and filters that several modules use."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any

from bson import ObjectId
from bson.errors import BSONError
from pymongo import errors

from engine.errors import (
    MAX_REPORTED,
    Code,
    Conflict,
    Error,
    FieldError,
    Invalid,
    Message,
    TimedOut,
    TooLarge,
    Unavailable,
    Unexpected,
)

log = logging.getLogger("datacube.store")
DUPLICATE = 11000
# What the driver raises before it has sent anything.
UNENCODABLE = (BSONError, OverflowError, UnicodeEncodeError)
NO_SUCH_COLLECTION = 26
NO_SUCH_INDEX = 27
_NO_PLAN = 291
_NEAR = re.compile(r"\$?geoNear|\$near", re.IGNORECASE)
_CLASHING_INDEXES = {85, 86}
_BAD_PATTERN = {51091, 51108, 51111}
_PATTERN_LIMITS = 51156
_LANGUAGES = {17261, 17262}
# The codes that have names are in MongoDB's src/mongo/base/error_codes.yml.
_BAD_VALUES = {2, 4, 5, 9, 10, 14, 15, 16, 20, 21, 28, 29, 30, 31, 34, 40, 52, 53, 54, 55, 56, 57, 66, 67, 72, 73}
_BAD_VALUES |= {111, 115, 159, 165, 166, 167, 168, 171, 181, 197, 201, 224, 232, 241, 291, 357, 378}
# All others, which MongoDB calls Location<code>, are what a command or an expression asks of it in vain.
_FIRST_NAMELESS = 500
_NAMED_ABOVE = {9001, 10058, 10107, 11600, 11601, 11602, 12586, 12587, 13297, 13388, 13435, 13436, 14031, 46841}
# 121 is of the validator of each collection, which bounds the size of a document (see `admin`), or is a fence.
_REFUSED_BY_VALIDATOR = 121
_DOCUMENT_TOO_LARGE = {_REFUSED_BY_VALIDATOR, 10334, 17280, 17419, 17420}
# Buffers of more than 64 MB, and what stages and expressions may take of memory.
_MEMORY_LIMITS = {146, 292, 4568, 13548, 16493, 34471, 40099, 5414201, 4031700, 5371601, 5643011}
_TRANSACTION_TOO_LARGE = {257, 388}
# Others that write to the same documents, or change the collection, at this moment.
_PASSING_CONFLICT = {24, 46, 107, 112, 117, 225, 239, 246, 250, 251, 267, 272, 285, 314, 363, 365, 12586, 12587}
_CHANGED_MEANWHILE = {NO_SUCH_COLLECTION, 43, 96, 175, 215, 237, 276}
_OUT_OF_TIME = {50, 202, 262, 290}
_OVERLOADED = {208, 261, 264, 402, 407, 433, 449, 450}
_NO_DISK_SPACE = 14031
# No primary, a network that fails, or a server that is about to end.
_UNREACHABLE = {6, 7, 64, 74, 79, 89, 90, 91, 94, 100, 133, 134, 148, 189, 216, 279, 317, 384}
_UNREACHABLE |= {9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436, 46841}
_TRANSIENT = "TransientTransactionError"
# What MongoDB's words are about: operators, variables, paths, and some operators by other words.
_NAMED = re.compile(
    r"(\$[a-zA-Z]+)|undefined variable: (\w+)|(?:[Ff]ield|[Ff]ield named|[Pp]ath|array element,) '([^']+)'"
    r"|parallel arrays \[([^\]]+)\]"
    r"|the field (\w+) of non-|the part \(\S+ of ([^)]+)\)|BSON type \w+ to (Date)"
    r"|(Regular expression|count field|date string|date/time string|newRoot|replacement document)"
)
_WORDS = 2_000
_COSTLY_PATTERN = (
    "MongoDB reaches its limit of recursion or backtracking when it matches this regular expression with a "
    "document here. Write it without repeated groups, such as [\\s\\S]* for (.|\\n)*, or possessive: (a+,)*+."
)
_LANGUAGE = (
    "A document names a language that text indexes do not know, in the field that language_override names, by "
    "default `language`."
)
# The words of the validator with which a collection refuses writes while its database moves to another cluster.
FENCE = "datacube: the database is moving"
MOVING = "The database is being moved to another cluster; writes are accepted again within seconds. Try again."
_LARGE_DOCUMENT = "A document is larger than MongoDB's 16 MB."
_CONTENTION = (
    "Other requests are writing to the same documents, or this one changes more than the cache of MongoDB holds. "
    "Try again, or narrow the request."
)


def id_range(first: ObjectId, last: ObjectId) -> dict[str, Any]:
    return {"_id": {"$gte": first, "$lte": last}}


def matches_one_id(filter: Mapping[str, Any]) -> bool:
    """Return whether a filter can match at most one document, by its `_id`."""
    return isinstance(filter.get("_id"), ObjectId)


def is_timeout(error: Exception) -> bool:
    """Return whether a time limit of the driver or server ended the work."""
    if isinstance(error, errors.ServerSelectionTimeoutError) or not isinstance(error, errors.PyMongoError):
        return False
    return error.timeout or getattr(error, "code", None) in _OUT_OF_TIME


def contention(error: errors.PyMongoError) -> Conflict:
    """Return the error of a transaction that lost against others at every attempt."""
    log.info("a transaction was given up (%s)", getattr(error, "code", None))
    return Conflict(_CONTENTION, retry_after=1)


def translation(error: Exception) -> Error:
    """Return the error that a caller gets for what the driver raised."""
    match error:
        case errors.BulkWriteError():
            return _of_writes(error.details.get("writeErrors") or []) or _unconfirmed(error.details)
        case errors.DocumentTooLarge():
            return TooLarge(_LARGE_DOCUMENT)
        case errors.OperationFailure() if error.has_error_label(_TRANSIENT):
            return contention(error)
        case errors.OperationFailure():
            return _by_code(error.code, error.details or {}, index=None)
        case errors.InvalidDocument() | BSONError() | OverflowError() | UnicodeEncodeError():
            return Invalid("The document cannot be stored as it is.")
        case errors.ConnectionFailure() | errors.WaitQueueTimeoutError() | errors.WTimeoutError():
            return unavailable()
    if isinstance(error, errors.PyMongoError) and error.timeout:
        return unavailable()
    log.error("the driver refused: %s", type(error).__name__)
    return _unexpected()


def _of_writes(writes: Sequence[Mapping[str, Any]]) -> Error | None:
    """Return the error of the first refused write, with those of the others that are of its kind; None for none.

    Only an unordered insert has several.
    """
    refused = [_of_document(_by_code(one.get("code"), one, index=one.get("index")), one) for one in writes]
    if not refused:
        return None
    first = refused[0]
    same_kind = [one.errors for one in refused if type(one) is type(first)]
    first.errors = tuple(islice(chain.from_iterable(same_kind), MAX_REPORTED))
    return first


def _unconfirmed(details: Mapping[str, Any]) -> Error:
    """Return the error of writes that were made but not confirmed by the write concern."""
    codes = [item.get("code") for item in details.get("writeConcernErrors", [])]
    log.warning("writes were not confirmed (%s)", codes)
    return unavailable()


def mentioned_names(error: Error) -> set[str] | None:
    """Return the operators, variables and paths that MongoDB's message names, or None for other errors.

    The message itself holds values of documents, so it is shown to nobody.
    """
    cause = error.__cause__
    if not isinstance(cause, errors.OperationFailure):
        return None
    return _names(cause.details or {})


def _names(details: Mapping[str, Any]) -> set[str]:
    words = details.get("errmsg", "")
    # In the middle there can be a value of 16 MB.
    mentions = _NAMED.findall(words if len(words) < _WORDS else f"{words[: _WORDS // 2]} {words[-_WORDS // 2 :]}")
    return {
        ("$$" if location == 1 else "") + text
        for groups in mentions
        for location, text in enumerate(groups)
        if text
    }


def _of_document(error: Error, details: Mapping[str, Any]) -> Error:
    """Return the error of a refused new document, with the fields that the message names and the document's
    index.
    """
    if isinstance(error, Invalid):
        fields = sorted(name for name in _names(details) if not name.startswith("$")) or [""]
        error.errors = tuple(FieldError(name, error.message, details.get("index")) for name in fields)
    return error


def _by_code(code: int | None, details: Mapping[str, Any], *, index: int | None) -> Error:
    if code == DUPLICATE:
        fields = list(details.get("keyPattern") or {"": 1})
        text = Message(f"Another document already has this value; {', '.join(fields)} must be unique.", Code.UNIQUE)
        return Conflict(text, errors=[FieldError(name, text, index) for name in fields])
    if code in _CLASHING_INDEXES:
        return Conflict("There is another index of this name, or with these fields.")
    if code in _DOCUMENT_TOO_LARGE:
        if code == _REFUSED_BY_VALIDATOR and FENCE in str(details.get("errInfo")):
            return moving_error()
        return TooLarge(_LARGE_DOCUMENT)
    if code in _TRANSACTION_TOO_LARGE:
        return TooLarge("The request touches more than one transaction can hold; narrow it.")
    if code in _MEMORY_LIMITS:
        return TooLarge("The request touches more than MongoDB can do at once; narrow it.")
    if code in (NO_SUCH_INDEX, _NO_PLAN) and _NEAR.search(details.get("errmsg", "")):
        return Invalid("A search by distance needs a 2dsphere index of the field, and the collection has none.")
    if code == NO_SUCH_INDEX and "text index" in details.get("errmsg", ""):
        return Invalid("A search for text needs a text index, and the collection has none.")
    if code == NO_SUCH_INDEX:
        return Unavailable("The indexes are being changed; ask again.", retry_after=1)
    if code in _LANGUAGES:
        return Invalid(_LANGUAGE)
    if code in _BAD_PATTERN:
        return Invalid("The regular expression is not valid.")
    if code == _PATTERN_LIMITS:
        return Invalid(_COSTLY_PATTERN)
    if code in _BAD_VALUES or _is_nameless(code, details):
        return Invalid("MongoDB cannot do this with the documents as they are; check the types and paths.")
    return _of_the_moment(code, details)


def _is_nameless(code: int | None, details: Mapping[str, Any]) -> bool:
    """Return whether an assertion of a command or an expression failed, which has only a number."""
    if name := details.get("codeName"):
        return str(name).startswith("Location")
    return code is not None and code >= _FIRST_NAMELESS and code not in _NAMED_ABOVE


def _of_the_moment(code: int | None, details: Mapping[str, Any]) -> Error:
    """Return the error of a request that may succeed later, or whose cause is unknown."""
    if code in _PASSING_CONFLICT:
        return Conflict(_CONTENTION, retry_after=1)
    if code in _CHANGED_MEANWHILE:
        return Unavailable("The collection was changed during the request. Try again.", retry_after=1)
    if code in _OUT_OF_TIME:
        return TimedOut("The request takes longer than MongoDB may take for it; narrow it.", retry_after=1)
    # MongoDB's message holds values of documents, so it is not logged.
    log.warning("MongoDB refused with code %s (%s)", code, details.get("codeName", "no name"))
    if code in _OVERLOADED:
        return Unavailable("The document store is overloaded. Try again.", retry_after=5)
    if code == _NO_DISK_SPACE:
        return Unavailable("The document store has no disk space left.", retry_after=60)
    return unavailable() if code in _UNREACHABLE else _unexpected()


def unavailable() -> Unavailable:
    return Unavailable("The document store does not respond; try again.", retry_after=2)


def moving_error() -> Unavailable:
    """Return the error for a write to a database that is being moved."""
    error = Unavailable(MOVING, retry_after=1)
    error.reason = "moving"
    return error


def _unexpected() -> Unexpected:
    return Unexpected("Something went wrong on our side.")


def raise_unless_only_ids(error: errors.BulkWriteError) -> None:
    """Raise unless all errors are duplicates of `_id`: those rows exist already."""
    writes = error.details.get("writeErrors", [])
    others = [item for item in writes if item["code"] != DUPLICATE or "_id" not in item.get("keyPattern", {})]
    if others or error.details.get("writeConcernErrors") or not writes:
        raise errors.BulkWriteError({**error.details, "writeErrors": others}) from error
