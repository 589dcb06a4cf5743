"""A filter of system calls, of Linux on x86-64: a program may use memory and its pipes, and read the time.

It holds also if SQLite or Python has a flaw: no file, connection, process or signal is reached. See seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import platform
from collections.abc import Iterable

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_AUDIT_ARCH_X86_64 = 0xC000003E
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _FAIL, _UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
# Offsets of the call's number, of its architecture and of its first argument.
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_CLONE, _CLONE3, _CLONE_THREAD = 56, 435, 0x10000
_CALLS = {
    "read": 0,
    "write": 1,
    "close": 3,
    "fstat": 5,
    "poll": 7,
    "lseek": 8,
    "mmap": 9,
    "mprotect": 10,
    "munmap": 11,
    "brk": 12,
    "rt_sigaction": 13,
    "rt_sigprocmask": 14,
    "rt_sigreturn": 15,
    "sched_yield": 24,
    "mremap": 25,
    "madvise": 28,
    "getpid": 39,
    "exit": 60,
    "gettimeofday": 96,
    "getrusage": 98,
    "times": 100,
    "sigaltstack": 131,
    "time": 201,
    "futex": 202,
    "restart_syscall": 219,
    "clock_gettime": 228,
    "exit_group": 231,
    "getrandom": 318,
}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def filter_system_calls(more: Iterable[int] = (), *, threads: bool = False) -> bool:
    """Refuse every other system call with EPERM from now on. Returns whether the platform can.

    `more` are numbers of calls to allow; `threads` allows to start threads, though no processes.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return False
    instructions = _instructions({*_CALLS.values(), *more}, _thread_instructions() if threads else [])
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), ctypes.cast(array, ctypes.POINTER(_Instruction)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _instructions(allowed: set[int], first: list[_Instruction]) -> list[_Instruction]:
    calls = sorted(allowed)
    return [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_JUMP_IF_EQUAL, 0, len(first) + len(calls) + 1, _AUDIT_ARCH_X86_64),
        _Instruction(_LOAD, 0, 0, _NUMBER),
        *first,
        *(_Instruction(_JUMP_IF_EQUAL, len(calls) - number, 0, call) for number, call in enumerate(calls)),
        _Instruction(_RETURN, 0, 0, _FAIL),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    ]


def _thread_instructions() -> list[_Instruction]:
    """Allow clone(2) with CLONE_THREAD.

    The flags of clone3(2) cannot be read; without it libraries use clone(2).
    """
    return [
        _Instruction(_JUMP_IF_EQUAL, 0, 1, _CLONE3),
        _Instruction(_RETURN, 0, 0, _UNKNOWN),
        _Instruction(_JUMP_IF_EQUAL, 0, 4, _CLONE),
        _Instruction(_LOAD, 0, 0, _ARGUMENT),
        _Instruction(_JUMP_IF_SET, 0, 1, _CLONE_THREAD),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_RETURN, 0, 0, _FAIL),
    ]
