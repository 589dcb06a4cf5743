"""What the driver raises, told in our own words, and the filters that several modules ask for."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from bson.errors import BSONError
from pymongo import errors

from engine.errors import Code, Conflict, Error, FieldError, Invalid, Message, TooLarge, Unavailable

log = logging.getLogger("datacube.store")
DUPLICATE = 11000
NO_SUCH_INDEX = 27
_CLASHING_INDEXES = {85, 86}
_BAD_PATTERN = {51091, 51108, 51111}
_PATTERN_LIMITS = 51156
_BAD_VALUES = {2, 4, 5, 9, 10, 14, 15, 16, 20, 21, 28, 29, 30, 31, 34, 40, 52, 53, 54, 55, 56, 57, 66, 67, 72}
_BAD_VALUES |= {159, 168, 171, 181, 197, 201, 224, 241, 291, 10065}
# From here on codes have no names but one: they are what a command or an expression asks of MongoDB in vain.
_FIRST_NAMELESS = 15_000
_CLIENT_KILLED = 46841
_DOCUMENT_TOO_LARGE = {121, 10334, 17280, 17419, 17420}
_TOO_MUCH_AT_ONCE = {146, 257, 292}
_TRANSACTION_TOO_LARGE = {313, 388}
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
_LARGE_DOCUMENT = "A document is larger than MongoDB's 16 MB."


def from_to(first: ObjectId, last: ObjectId) -> dict[str, Any]:
    return {"_id": {"$gte": first, "$lte": last}}


def names_one(filter: Mapping[str, Any]) -> bool:
    """Whether a filter can match one document at the most, by its `_id`."""
    return isinstance(filter.get("_id"), ObjectId)


def out_of_time(problem: Exception) -> bool:
    nobody_there = isinstance(problem, errors.ServerSelectionTimeoutError)
    return isinstance(problem, errors.PyMongoError) and problem.timeout and not nobody_there


def translation(problem: Exception) -> Error:
    match problem:
        case errors.BulkWriteError():
            first = problem.details["writeErrors"][0] if problem.details.get("writeErrors") else {}
            return _of_document(_by_code(first.get("code"), first, index=first.get("index")), first)
        case errors.DocumentTooLarge():
            return TooLarge(_LARGE_DOCUMENT)
        case errors.OperationFailure():
            return _by_code(problem.code, problem.details or {}, index=None)
        case errors.InvalidDocument() | BSONError() | OverflowError() | UnicodeEncodeError():
            return Invalid("The document cannot be stored as it is.")
    return unavailable()


def named(problem: Error) -> set[str] | None:
    """The operators, variables and paths that MongoDB's words name; None where it was not MongoDB that refused.

    The words themselves hold values of documents, and are for nobody.
    """
    cause = problem.__cause__
    if not isinstance(cause, errors.OperationFailure):
        return None
    return _names(cause.details or {})


def _names(details: Mapping[str, Any]) -> set[str]:
    words = details.get("errmsg", "")
    # In the middle there can be a value of 16 MB.
    found = _NAMED.findall(words if len(words) < _WORDS else f"{words[: _WORDS // 2]} {words[-_WORDS // 2 :]}")
    return {("$$" if place == 1 else "") + text for groups in found for place, text in enumerate(groups) if text}


def _of_document(problem: Error, details: Mapping[str, Any]) -> Error:
    """What MongoDB refuses of a new document, with the fields that its words name and the document's index."""
    if isinstance(problem, Invalid):
        fields = sorted(name for name in _names(details) if not name.startswith("$")) or [""]
        problem.errors = tuple(FieldError(name, problem.message, details.get("index")) for name in fields)
    return problem


def _by_code(code: int | None, details: Mapping[str, Any], *, index: int | None) -> Error:
    if code == DUPLICATE:
        fields = list(details.get("keyPattern") or {"": 1})
        text = Message(f"Another document already has this value; {', '.join(fields)} must be unique.", Code.UNIQUE)
        return Conflict(text, errors=[FieldError(name, text, index) for name in fields])
    if code in _CLASHING_INDEXES:
        return Conflict("There is another index of this name, or with these fields.")
    if code in _DOCUMENT_TOO_LARGE:
        return TooLarge(_LARGE_DOCUMENT)
    if code in _TRANSACTION_TOO_LARGE:
        return TooLarge("The request touches more than one transaction can hold; narrow it.")
    if code in _TOO_MUCH_AT_ONCE:
        return TooLarge("The request touches more than MongoDB can do at once; narrow it.")
    if code == NO_SUCH_INDEX and "text index" in details.get("errmsg", ""):
        return Invalid("A search for text needs a text index, and the collection has none.")
    if code == NO_SUCH_INDEX:
        return Unavailable("The indexes are being changed; ask again.", retry_after=1)
    if code in _BAD_PATTERN:
        return Invalid("The regular expression is not valid.")
    if code == _PATTERN_LIMITS:
        return Invalid(_COSTLY_PATTERN)
    if code in _BAD_VALUES or (code and code >= _FIRST_NAMELESS and code != _CLIENT_KILLED):
        return Invalid("MongoDB cannot do this with the documents as they are; check the types and paths.")
    # Its words hold values of documents.
    log.warning("MongoDB refused with code %s (%s)", code, details.get("codeName", "no name"))
    return unavailable()


def unavailable() -> Unavailable:
    return Unavailable("The document store does not answer just now.", retry_after=2)


def raise_unless_only_ids(problem: errors.BulkWriteError) -> None:
    """Duplicates of `_id` alone mean that the rows are there already."""
    writes = problem.details.get("writeErrors", [])
    others = [item for item in writes if item["code"] != DUPLICATE or "_id" not in item.get("keyPattern", {})]
    if others or problem.details.get("writeConcernErrors") or not writes:
        problem.details["writeErrors"] = others
        raise problem
