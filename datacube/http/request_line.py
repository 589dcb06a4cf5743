"""Quotes the address in the first line of an HTTP request, so that the parser accepts it.

Many clients send quotes, blanks, braces or bytes outside ASCII in an address without encoding.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

_PLAIN = re.compile(rb"[A-Z]+ [!$&-;=?-Z\\\[\]_a-z~%]+ HTTP/1\.[01]\r?\n")
_LINE = re.compile(rb"([A-Z]+) +([^\x00-\x1f\x7f]+?) +(HTTP/\d\.\d\r?)\n")
# The characters that may stand in an address; `%` begins a quoted one.
_SAFE = "!$%&'()*+,-./:;=?@[]_~#"


def is_plain(data: bytes) -> bool:
    """Return whether the data begins with a complete line that needs no change."""
    return _PLAIN.match(data) is not None


def quoted(data: bytes) -> bytes:
    """Return the data with the address of its first line quoted; empty where that is not a request line."""
    line = _LINE.match(data)
    if line is None:
        return b""
    method, address, version = line.groups()
    return b"%b %b %b\n%b" % (method, quote_from_bytes(address, safe=_SAFE).encode(), version, data[line.end() :])
