"""What a process gives up before it reads files of strangers. Takes effect for the calling process and all it starts.

Everywhere memory, processor time, core dumps and open files are bounded, and a write to an ordinary file fails.
On Linux it also dies with its parent and keeps no privilege of root but reading, nor gains any. Its processes are counted
where it got a user namespace. Beyond that, each where the kernel offers it (`confine` tells which; `Guard`):

* The network is out of reach: no socket can be made. Besides, the process moves into a network namespace of its own where
  the system allows that (containers often do not).
* Names, contents and attributes of files stay as they are: nothing is created, removed, renamed, cut, punched or mapped for
  shared writing, and owners, modes, times and extended attributes do not change. What exists can be opened for writing,
  but then not written. Landlock refuses that opening as well, but for /dev/null; without it, special files that take
  writes past the bound on file sizes (devices, pipes, files of the kernel) stand open as far as the user's rights reach.
* Other processes are not traced, written to or given limits, and no signal goes to groups or to everyone. One process by
  its number, of the same user, can still be sent a signal (the reader must be able to end text recognition), unless
  Landlock keeps signals within the reader and what it starts.

It can read whatever the user can read.
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
from enum import StrEnum

from ingest.limits import Limits

# linux/prctl.h, linux/sched.h, linux/capability.h, linux/seccomp.h, linux/audit.h, linux/filter.h
SET_DEATH_SIGNAL, SET_SECCOMP, SET_NO_NEW_PRIVILEGES = 1, 22, 38
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
CAPABILITY_VERSION = 0x20080522
READ_EVERYTHING = 1 << 2  # CAP_DAC_READ_SEARCH: root reads the files of all users
FILTER_MODE = 2
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
# BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_JMP|JSET|K, BPF_RET|K
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
CALL_NUMBER, ARCHITECTURE, ARGUMENTS, ARGUMENT_SIZE = 0, 4, 16, 8  # offsets into struct seccomp_data (little endian)
OTHER_NUMBERING = 0x40000000  # system calls of the x32 ABI, which would get round the list
AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Name -> number on x86_64 and aarch64, None where there is none (asm/unistd_64.h, asm-generic/unistd.h).
REFUSED_CALLS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "io_uring_setup": (425, 425),  # a ring does what its calls may not, opens sockets among it
    "creat": (85, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "rmdir": (84, None),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),  # punches holes within the file's size
    "copy_file_range": (326, 285),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
}
# Its flags lie where a filter cannot look; told that there is no such call, libraries take `openat`.
UNKNOWN_CALLS: dict[str, tuple[int | None, int | None]] = {"openat2": (437, 437)}
CHANGING = 0o100 | 0o1000 | 0o20000000  # O_CREAT, O_TRUNC, O_TMPFILE; opening /dev/null for writing must go on
# Refused if the argument (counted from 0) has any of these bits; its lower half is looked at, which is all that counts.
REFUSED_BITS: dict[str, tuple[tuple[int | None, int | None], int, int]] = {
    "open": ((2, None), 1, CHANGING),
    "openat": ((257, 56), 2, CHANGING),
    "mmap": ((9, 222), 3, 0x01),  # MAP_SHARED: writes to such a mapping get past the bound on file sizes
    "kill": ((62, 129), 0, 1 << 31),  # below zero: groups, or everyone
    "prlimit64": ((302, 261), 0, 0xFFFFFFFF),  # zero is the process itself
}
# linux/landlock.h; the numbers are the same on all machines
CREATE_RULES, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION, BELOW_PATH = 1, 1
WRITE_FILE, REMOVE_AND_MAKE, REFER, TRUNCATE = 1 << 1, 0b1111_1111_1 << 4, 1 << 13, 1 << 14
REFER_SINCE, TRUNCATE_SINCE, SCOPES_SINCE = 2, 3, 6  # versions of Landlock: Linux 5.19, 6.2, 6.12
SCOPE_SIGNALS = 1 << 1


class Guard(StrEnum):
    """A protection that not every system offers."""

    PRIVILEGES = "privileges"  # none is left but reading, and none can be gained
    CALLS = "calls"  # the kernel refuses what is listed above: network, changes to files, meddling with processes
    FILES = "files"  # Landlock: nothing but /dev/null can be opened for writing
    SIGNALS = "signals"  # Landlock: signals reach only what the process started itself


def confine(limits: Limits, parent: int) -> frozenset[Guard]:
    """Give up what reading a file does not need; return which protections are in force beyond the bounds.

    `parent`: the id of the process without which this one must not live.
    """
    guards: set[Guard] = set()
    if sys.platform == "linux":
        die_with_parent()
        if os.getppid() != parent:  # it ended before the line above
            sys.exit(1)
        in_own_users = _leave_network()
        is_dropped = _drop_capabilities()
        if _call_prctl(SET_NO_NEW_PRIVILEGES, 1) and is_dropped:
            guards.add(Guard.PRIVILEGES)
        guards |= _restrict_writing()
        if _refuse_calls():
            guards.add(Guard.CALLS)
        if in_own_users:  # elsewhere all processes of the user count, and root is not bound by it
            _bound(resource.RLIMIT_NPROC, limits.processes)
    _bound(resource.RLIMIT_AS, limits.memory_bytes)
    _bound(resource.RLIMIT_NOFILE, limits.open_files)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)
    return frozenset(guards)


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


def _call_prctl(option: int, argument: int, address: int = 0) -> bool:
    """Tell whether the kernel did it."""
    libc = ctypes.CDLL(None, use_errno=True)
    answer: int = libc.prctl(option, ctypes.c_ulong(argument), ctypes.c_void_p(address), 0, 0)
    return answer == 0


def _leave_network() -> bool:
    """Move into a network namespace of its own where that is allowed; tell whether a user namespace came with it."""
    kinds = NEW_NETWORK if os.geteuid() == 0 else NEW_USER | NEW_NETWORK
    return ctypes.CDLL(None, use_errno=True).unshare(kinds) == 0 and bool(kinds & NEW_USER)


def _drop_capabilities() -> bool:
    """Keep no privilege of root but reading, so that no limit can be lifted again; tell whether that worked."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITY_VERSION, 0))
    data = ctypes.create_string_buffer(24)  # effective, permitted, inheritable: lower halves, then upper halves
    if libc.capget(header, data) != 0:
        return False
    kept = struct.unpack("6I", data.raw)[1] & READ_EVERYTHING
    answer: int = libc.capset(header, ctypes.create_string_buffer(struct.pack("6I", kept, kept, 0, 0, 0, 0)))
    return answer == 0


def _restrict_writing() -> set[Guard]:
    """Have Landlock refuse every change to files but writing to /dev/null, and signals to others; return what it took on."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULES, None, ctypes.c_size_t(0), ASK_VERSION)
    if version < 1:
        return set()
    truncate = TRUNCATE if version >= TRUNCATE_SINCE else 0
    rights = WRITE_FILE | REMOVE_AND_MAKE | truncate | (REFER if version >= REFER_SINCE else 0)
    scopes = SCOPE_SIGNALS if version >= SCOPES_SINCE else 0
    wanted = ctypes.create_string_buffer(struct.pack("=QQQ", rights, 0, scopes), 24)  # files, network, scopes
    rules = libc.syscall(CREATE_RULES, wanted, ctypes.c_size_t(24), 0)
    if rules < 0:
        return set()
    null = os.open(os.devnull, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", WRITE_FILE | truncate, null), 12)
        if libc.syscall(ADD_RULE, rules, BELOW_PATH, rule, 0) != 0 or libc.syscall(RESTRICT_SELF, rules, 0) != 0:
            return set()
    finally:
        os.close(null)
        os.close(rules)
    return {Guard.FILES, Guard.SIGNALS} if scopes else {Guard.FILES}


def _refuse_calls() -> bool:
    """Have the kernel answer the calls listed above with an error; tell whether it will."""
    machine = platform.machine()
    if machine not in AUDIT_ARCHITECTURES:
        return False
    program = _write_filter(AUDIT_ARCHITECTURES[machine], list(AUDIT_ARCHITECTURES).index(machine))
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    pointer = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(lines)))
    return _call_prctl(SET_SECCOMP, FILTER_MODE, ctypes.addressof(pointer))


def _write_filter(architecture: int, column: int) -> list[tuple[int, int, int, int]]:
    """Return the filter as lines of (operation, lines to pass over if true, if false, operand). `column`: of the numbers."""
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, CALL_NUMBER),
        (AT_LEAST, 0, 1, OTHER_NUMBERING),
        (RETURN, 0, 0, REFUSE),
    ]
    for calls, answer in ((REFUSED_CALLS, REFUSE), (UNKNOWN_CALLS, UNKNOWN)):
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, answer)]
    for numbers, argument, bits in REFUSED_BITS.values():
        if (number := numbers[column]) is not None:
            program += [
                (EQUAL, 0, 4, number),
                (LOAD, 0, 0, ARGUMENTS + ARGUMENT_SIZE * argument),
                (ANY_BIT, 0, 1, bits),
                (RETURN, 0, 0, REFUSE),
                (RETURN, 0, 0, ALLOW),
            ]
    return [*program, (RETURN, 0, 0, ALLOW)]
