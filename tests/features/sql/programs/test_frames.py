"""Frames of programs."""

from __future__ import annotations

import marshal
import struct
from io import BytesIO
from types import SimpleNamespace

import pytest

from features.sql.programs import frames


def test_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    content, target = marshal.dumps(("INSERT", [(1, b"\0")])), BytesIO()
    source = BytesIO(struct.pack(">I", len(content)) + content)
    streams = {"stdin": SimpleNamespace(buffer=source), "stdout": SimpleNamespace(buffer=target)}
    monkeypatch.setattr(frames, "sys", SimpleNamespace(**streams, exit=SystemExit))
    assert frames.receive() == ("INSERT", [(1, b"\0")])
    frames.send({"a": "\ud800"})
    assert target.getvalue() == b"\0\0\0\x0f" + b'{"a": "\\ud800"}'


def test_a_program_ends_with_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (b"", b"\0\0", b"\0\0\0\x05abc"):
        monkeypatch.setattr(frames.sys, "stdin", SimpleNamespace(buffer=BytesIO(content)))
        with pytest.raises(SystemExit):
            frames.receive()
