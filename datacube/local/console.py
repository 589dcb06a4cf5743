"""The output of a start: a line for each step, with a spinner on a terminal."""

from __future__ import annotations

import itertools
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

_NOTE_SECONDS = 15.0


@dataclass
class Progress:
    """Prints steps: `step` starts one and closes the one before, `tick` moves the spinner, `close` ends it."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    text: str = ""
    began: float = 0.0
    _note: str = ""
    _noted: float = 0.0
    _spin: itertools.cycle = field(default_factory=lambda: itertools.cycle("|/-\\"))

    def step(self, text: str) -> None:
        self.close()
        self.text, self.began = text, time.monotonic()
        self._note, self._noted = "", self.began
        self.tick()

    def tick(self) -> None:
        if self.text and self.out.isatty():
            note = f" ({self._note})" if self._note else ""
            self.out.write(f"\r\x1b[K  {next(self._spin)} {self.text}{note}")
            self.out.flush()

    def note(self, text: str) -> None:
        """Report what a long step waits for: beside the spinner, or every 15 seconds as a line of its own."""
        now = time.monotonic()
        if now - self._noted < _NOTE_SECONDS:
            return
        self._note = text
        if not self.out.isatty():
            self._noted = now
            self.say(f"    {text}")

    def close(self, *, mark: str = "✓") -> None:
        if self.text:
            start = "\r\x1b[K" if self.out.isatty() else ""
            self.say(f"{start}  {mark} {self.text} ({time.monotonic() - self.began:.1f} s)")
        self.text = ""

    def say(self, line: str) -> None:
        encoding = self.out.encoding or "utf-8"
        self.out.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        self.out.flush()
