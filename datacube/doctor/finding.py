"""What a check has found about one part of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a part is: a warning needs attention, a problem makes the command exit with 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One finding: the part, its state, what was seen, and what to do about it."""

    part: str
    state: Health
    text: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"part": self.part, "state": self.state.value, "text": self.text, "advice": self.advice}

    def lines(self) -> list[str]:
        """Return the lines to print."""
        first = f"{self.state.value:<8} {self.part}: {self.text}"
        return [first, *([f"         -> {self.advice}"] if self.advice else [])]


def fine(part: str, text: str) -> Finding:
    return Finding(part, Health.OK, text)


def warn(part: str, text: str, advice: str) -> Finding:
    return Finding(part, Health.WARNING, text, advice)


def fail(part: str, text: str, advice: str) -> Finding:
    return Finding(part, Health.PROBLEM, text, advice)
