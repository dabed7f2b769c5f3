"""What a process gives up before it reads files of strangers. Takes effect for the calling process and all it starts.

Memory, written files, core dumps and open files are bounded everywhere. On Linux the process also dies with its parent,
can gain no privileges (and gives up all but reading), and loses the network twice over: it moves into a network namespace
without interfaces where the system allows that (as root, or as a user who may make user namespaces; containers often
forbid it), and the kernel refuses it every socket. Where neither is to be had, readers still never open connections.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys

from ingest.limits import Limits

# linux/prctl.h, linux/sched.h, linux/capability.h, linux/seccomp.h, linux/audit.h, linux/filter.h
SET_DEATH_SIGNAL, SET_SECCOMP, SET_NO_NEW_PRIVILEGES = 1, 22, 38
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
CAPABILITY_VERSION = 0x20080522
READ_EVERYTHING = 1 << 2  # CAP_DAC_READ_SEARCH: root reads the files of all users
FILTER_MODE = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
CALL_NUMBER, ARCHITECTURE = 0, 4  # offsets into struct seccomp_data
OTHER_NUMBERING = 0x40000000  # system calls of the x32 ABI, which would get round the list
# machine -> AUDIT_ARCH, and the numbers of socket, socketpair and io_uring_setup (a ring can open sockets, too)
SOCKET_CALLS = {"x86_64": (0xC000003E, (41, 53, 425)), "aarch64": (0xC00000B7, (198, 199, 425))}


def confine(limits: Limits, parent: int) -> None:
    """Give up what reading a file does not need. `parent`: the id of the process without which this one must not live."""
    if sys.platform == "linux":
        die_with_parent()
        if os.getppid() != parent:  # it ended before the line above
            sys.exit(1)
        in_own_users = _leave_network()
        _drop_capabilities()
        _call_prctl(SET_NO_NEW_PRIVILEGES, 1)
        _refuse_sockets()
        if in_own_users:  # elsewhere all processes of the user count, and root is not bound by it
            _bound(resource.RLIMIT_NPROC, limits.processes)
    _bound(resource.RLIMIT_AS, limits.memory_bytes)
    _bound(resource.RLIMIT_NOFILE, limits.open_files)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)


def die_with_parent() -> None:
    """Have the kernel kill this process as soon as the thread that started it ends. Does nothing but on Linux."""
    if sys.platform == "linux":
        _call_prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


def allow_cpu(seconds: float) -> None:
    """Grant the process so many more seconds of processor time from now; the kernel ends it after them."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime + seconds) + 1, hard))


def extend_cpu(seconds: float) -> None:
    """Add to the processor time granted so far."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (soft + int(seconds), hard))


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (bound, bound))


def _call_prctl(option: int, argument: int, address: int = 0) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(argument), ctypes.c_void_p(address), 0, 0)


def _leave_network() -> bool:
    """Move into a network namespace of its own where that is allowed; tell whether a user namespace came with it."""
    kinds = NEW_NETWORK if os.geteuid() == 0 else NEW_USER | NEW_NETWORK
    return ctypes.CDLL(None, use_errno=True).unshare(kinds) == 0 and bool(kinds & NEW_USER)


def _drop_capabilities() -> None:
    """Keep no privilege of root but reading, so that no limit can be lifted again."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITY_VERSION, 0))
    data = ctypes.create_string_buffer(24)  # effective, permitted, inheritable: lower halves, then upper halves
    if libc.capget(header, data) == 0:
        kept = struct.unpack("6I", data.raw)[1] & READ_EVERYTHING
        libc.capset(header, ctypes.create_string_buffer(struct.pack("6I", kept, kept, 0, 0, 0, 0)))


def _refuse_sockets() -> None:
    """Have the kernel answer every call that makes a socket with EPERM."""
    if platform.machine() not in SOCKET_CALLS:
        return
    architecture, calls = SOCKET_CALLS[platform.machine()]
    count = len(calls)
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, count + 3, architecture),  # on another one to the last line
        (LOAD, 0, 0, CALL_NUMBER),
        (AT_LEAST, count + 1, 0, OTHER_NUMBERING),
        *((EQUAL, count - position, 0, call) for position, call in enumerate(calls)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    pointer = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(lines)))
    _call_prctl(SET_SECCOMP, FILTER_MODE, ctypes.addressof(pointer))
