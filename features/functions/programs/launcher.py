"""The program that gives up what a function must not have, and then becomes Deno."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import sys
from typing import Any

from features.functions.programs.landlock import restrict_files
from features.sql.programs.seccomp import filter_system_calls

# Where libraries of the system are, and what the runtime reads about the machine.
_READABLE = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"),
    *("/dev/urandom", "/dev/null", "/sys/devices/system/cpu", "/proc/self"),
)
_INTERPRETERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
# No directory can be made below a device, so that nothing is cached or stored.
_ENVIRONMENT = {"DENO_DIR": "/dev/null/deno", "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
_MAX_FILES = 64
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
# What Deno needs besides what an SQL statement needs: files of its own, threads, events, timers. See x86-64.
_CALLS = {
    "stat": 4,
    "lstat": 6,
    "ioctl": 16,
    "pread64": 17,
    "readv": 19,
    "writev": 20,
    "access": 21,
    "nanosleep": 35,
    "sendto": 44,
    "recvfrom": 45,
    "socketpair": 53,
    "execve": 59,
    "uname": 63,
    "fcntl": 72,
    "getcwd": 79,
    "readlink": 89,
    "sysinfo": 99,
    "getuid": 102,
    "getgid": 104,
    "geteuid": 107,
    "getegid": 108,
    "sched_getparam": 143,
    "sched_getscheduler": 145,
    "prctl": 157,
    "arch_prctl": 158,
    "gettid": 186,
    "sched_getaffinity": 204,
    "epoll_create": 213,
    "getdents64": 217,
    "set_tid_address": 218,
    "clock_getres": 229,
    "clock_nanosleep": 230,
    "epoll_wait": 232,
    "epoll_ctl": 233,
    "openat": 257,
    "newfstatat": 262,
    "readlinkat": 267,
    "faccessat": 269,
    "ppoll": 271,
    "set_robust_list": 273,
    "epoll_pwait": 281,
    "eventfd2": 290,
    "epoll_create1": 291,
    "dup3": 292,
    "pipe2": 293,
    "prlimit64": 302,
    "pkey_mprotect": 329,
    "pkey_alloc": 330,
    "pkey_free": 331,
    "statx": 332,
    "rseq": 334,
    "faccessat2": 439,
}


def main() -> None:
    """Run Deno with the arguments of the job, `{deno, arguments, readable, memory, seconds}`."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    os.chdir("/")
    _leave_namespaces()
    for name, bound in _bounds(memory=job["memory"], seconds=job["seconds"]).items():
        resource.setrlimit(name, (bound, bound))
    restrict_files(readable=(*_READABLE, *job["readable"]), executable=(job["deno"], *_INTERPRETERS))
    filter_system_calls(_CALLS.values(), threads=True)
    os.execve(job["deno"], [job["deno"], *job["arguments"]], _ENVIRONMENT)


def _leave_namespaces() -> None:
    """Enter a network without interfaces, as nobody, where the platform allows it."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC)


def _bounds(*, memory: int, seconds: int) -> dict[int, int]:
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _MAX_FILES,
    }
    if platform.system() == "Linux":
        bounds[resource.RLIMIT_DATA] = memory
    return bounds
