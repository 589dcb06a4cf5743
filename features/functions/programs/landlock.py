"""Limits the files that a process can reach, by Landlock of Linux 5.13 and newer: see landlock(7)."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GET_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
# Rights over files that each version knows; the last ones rename and link, truncate, and control devices.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("directory", ctypes.c_int32))


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 without one."""
    if platform.system() != "Linux":
        return 0
    return max(0, _libc().syscall(_CREATE_RULESET, None, 0, _GET_VERSION))


def restrict_files(*, readable: Iterable[str], executable: Iterable[str]) -> bool:
    """Refuse every file but those at or below the paths from now on. Returns whether the platform can.

    Nothing can be written. Raises `OSError` where a rule cannot be added.
    """
    known = version()
    if not known:
        return False
    handled = _Ruleset(_FILE_RIGHTS[min(known, max(_FILE_RIGHTS))])
    ruleset = _call(_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    for path in readable:
        _add(ruleset, path, _READ_FILE | _READ_DIR)
    for path in executable:
        _add(ruleset, path, _READ_FILE | _EXECUTE)
    _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return True


def _add(ruleset: int, path: str, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # a library's directory that this system does not have
    try:
        allowed = rights if Path(path).is_dir() else rights & ~_READ_DIR
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(_Beneath(allowed, file)), 0)
    finally:
        os.close(file)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
