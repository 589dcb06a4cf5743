"""Collations: text compared by the rules of a language, with or without case and accents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import FieldError

LOCALES = (
    *(
        "af",
        "am",
        "ar",
        "as",
        "az",
        "be",
        "bg",
        "bn",
        "bo",
        "bs",
        "ca",
        "chr",
        "cs",
        "cy",
        "da",
        "de",
        "de_AT",
        "dsb",
    ),
    *(
        "dz",
        "ee",
        "el",
        "en",
        "en_US",
        "eo",
        "es",
        "et",
        "fa",
        "fa_AF",
        "fi",
        "fil",
        "fo",
        "fr",
        "fr_CA",
        "ga",
        "gu",
    ),
    *("ha", "haw", "he", "hi", "hr", "hsb", "hu", "hy", "id", "ig", "is", "it", "ja", "ka", "kk", "kl", "km", "kn"),
    *("ko", "kok", "ky", "lkt", "ln", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl"),
    *("nn", "om", "or", "pa", "pl", "ps", "pt", "ro", "ru", "se", "si", "sk", "sl", "smn", "sq", "sr", "sr_Latn"),
    *("sv", "sw", "ta", "te", "th", "to", "tr", "ug", "uk", "ur", "vi", "wae", "yi", "yo", "zh", "zh_Hant", "zu"),
)
STRENGTHS = (1, 2, 3)
_CASE = 3


@dataclass(frozen=True)
class Collation:
    """`strength` 1 compares letters alone, 2 accents too, 3 accents and case."""

    locale: str
    strength: int = 3

    def as_dict(self) -> dict[str, Any]:
        return {"locale": self.locale, "strength": self.strength}

    def as_mongodb(self) -> dict[str, Any]:
        """Return MongoDB's collation. Danish and others sort capitals first, which MongoDB refuses without case."""
        return self.as_dict() | ({"caseFirst": "off"} if self.strength < _CASE else {})


CASE_INSENSITIVE = Collation("en", 2)


def parse_collation(raw: Any, *, root: str = "collation") -> tuple[Collation | None, list[FieldError]]:
    """Return the collation of `{locale, strength?}`, or every error with its path."""
    if type(raw) is not dict:
        text = 'Must be an object such as {"locale": "en", "strength": 2}.'
        return None, [FieldError(root, text)]
    known = ("locale", "strength")
    errors = [
        FieldError(f"{root}.{name}", f"Is not one of {', '.join(known)}.") for name in raw if name not in known
    ]
    locale, strength = raw.get("locale"), raw.get("strength", 3)
    if type(locale) is not str or locale not in LOCALES:
        errors.append(FieldError(f"{root}.locale", f"Must be one of {', '.join(LOCALES)}."))
    if type(strength) is not int or strength not in STRENGTHS:
        text = "Must be 1 (letters alone), 2 (letters and accents) or 3 (letters, accents and case)."
        errors.append(FieldError(f"{root}.strength", text))
    if errors or type(locale) is not str:
        return None, errors
    return Collation(locale, strength), []


def option(collation: Collation | None) -> dict[str, Any]:
    """Return what a command of MongoDB gets besides; nothing where text is compared by its bytes."""
    return {"collation": collation.as_mongodb()} if collation else {}
