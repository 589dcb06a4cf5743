"""The options of a text index: its language, where documents name theirs, and the weights of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.encoding.shape import name_error
from engine.errors import FieldError

LANGUAGES = (
    *("none", "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian", "norwegian"),
    *("portuguese", "romanian", "russian", "spanish", "swedish", "turkish"),
)
MAX_WEIGHT = 99_999
_MAX_NAME = 100
_TEXT = 'Goes only with keys of the order "text".'


@dataclass(frozen=True)
class TextOptions:
    """Options of a text index. None leaves the default to MongoDB: English, the field `language`, a weight of 1."""

    default_language: str | None = None
    language_override: str | None = None
    weights: Mapping[str, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the options that are set, by MongoDB's names, which are the API's."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def errors(self, keys: Sequence[tuple[str, int | str]]) -> Iterator[FieldError]:
        """Return every error of the options of an index with these keys."""
        texts = {path for path, order in keys if order == "text"}
        if not texts:
            yield from (FieldError(name, _TEXT) for name in self.as_dict())
            return
        if self.default_language is not None and self.default_language not in LANGUAGES:
            yield FieldError("default_language", f"Must be one of {', '.join(LANGUAGES)}.")
        if self.language_override is not None and (text := _name_error(self.language_override)):
            yield FieldError("language_override", text)
        for path, weight in (self.weights or {}).items():
            if path not in texts:
                yield FieldError(f"weights.{path}", 'Is not a field of keys with the order "text".')
            elif type(weight) is not int or not 1 <= weight <= MAX_WEIGHT:
                yield FieldError(f"weights.{path}", f"Must be a whole number from 1 to {MAX_WEIGHT}.")


def text_options(spec: Mapping[str, Any]) -> TextOptions | None:
    """Return the options in MongoDB's specification of an index; None for one that is no text index."""
    if "weights" not in spec:
        return None
    weights = {path: int(weight) for path, weight in spec["weights"].items()}
    return TextOptions(spec.get("default_language"), spec.get("language_override"), weights)


def _name_error(name: str) -> str:
    if not 1 <= len(name) <= _MAX_NAME:
        return f"Must be the name of a field, of 1 to {_MAX_NAME} characters."
    return name_error(name)
