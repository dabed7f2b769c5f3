from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the system offers none of it")
START = """
import os, sys
from ingest.confinement import confine
from ingest.limits import Limits
GUARDS = confine(Limits(), os.getppid())
"""


def run_confined(code: str, *arguments: str, before: str = "") -> str:
    """Return what `code` prints in a process that was confined before; `before` runs ahead of that."""
    command = [sys.executable, "-c", before + START + code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.strip()


@on_linux
def test_no_socket_of_any_kind_can_be_made() -> None:
    code = """
import socket
for make in (socket.socket, lambda: socket.socket(socket.AF_UNIX), lambda: socket.socket(socket.AF_INET6), socket.socketpair):
    try:
        make()
        print("offen")
    except OSError as error:
        print(error.errno)
"""
    assert run_confined(code).split() == ["1"] * 4


@on_linux
def test_what_is_started_later_has_no_socket_either() -> None:
    inner = "import socket\ntry: socket.socket(); print('offen')\nexcept OSError as e: print(e.errno)"
    code = f"import subprocess\nprint(subprocess.run([sys.executable, '-c', {inner!r}], capture_output=True, text=True).stdout)"
    assert run_confined(code) == "1"


def test_nothing_can_be_written_and_no_limit_can_be_lifted(tmp_path: Path) -> None:
    code = f"""
import resource
try:
    with open({str(tmp_path / "x")!r}, "wb") as file:
        file.write(b"x")
    print("geschrieben")
except OSError as error:
    print("nein")
for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE):
    try:
        resource.setrlimit(kind, (-1, -1))
        print("gehoben")
    except (OSError, ValueError):
        print("fest")
try:
    files = [open("/dev/null") for _ in range(100)]
    print("viele")
except OSError:
    print("wenige")
"""
    lines = run_confined(code).split()
    assert lines[0] == "nein"
    assert lines[-1] == "wenige"
    assert sys.platform != "linux" or lines[1:5] == ["fest"] * 4


def test_processor_time_is_granted_file_by_file_and_added_page_by_page() -> None:
    code = """
import resource
from ingest.confinement import allow_cpu, extend_cpu
extend_cpu(5)  # nothing granted yet, nothing to add to
print(resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY)
allow_cpu(90)
granted = resource.getrlimit(resource.RLIMIT_CPU)[0]
extend_cpu(30.0)
print(90 <= granted <= 95, resource.getrlimit(resource.RLIMIT_CPU)[0] - granted)
"""
    assert run_confined(code).split() == ["True", "True", "30"]


@on_linux
def test_no_privilege_is_left_or_can_be_gained() -> None:
    code = "print(*(line for line in open('/proc/self/status') if line.startswith(('CapPrm', 'NoNewPrivs', 'Seccomp:'))))"
    found = dict(line.split(":", 1) for line in run_confined(code).splitlines())
    values = {key.strip(): int(value, 16) for key, value in found.items()}
    assert values["CapPrm"] & ~(1 << 2) == 0
    assert (values["NoNewPrivs"], values["Seccomp"]) == (1, 2)


@on_linux
def test_it_tells_what_is_in_force() -> None:
    """Whether Landlock is there is up to the kernel; the calls are refused in any case."""
    code = "print(*GUARDS, *(line.split()[1] for line in open('/proc/self/status') if line.startswith('Seccomp:')))"
    *guards, mode = run_confined(code).split()
    assert {"calls", "privileges"} <= set(guards) <= {"calls", "files", "privileges", "signals"}
    assert mode == "2"
    unknown = "import platform\nplatform.machine = lambda: 'riscv64'\n"
    assert set(run_confined("print(*GUARDS)", before=unknown).split()) == set(guards) - {"calls"}


CHANGES = """
import ctypes, mmap
home, libc = sys.argv[1], ctypes.CDLL(None, use_errno=True)
file, new = f"{home}/datei", f"{home}/neu"
handle = os.open(file, os.O_RDONLY)
def change_mapping():
    with open(file, "r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        mapped[0:1] = b"X"
def cut():
    with open(file, "r+b") as opened:
        os.ftruncate(opened.fileno(), 1)
def punch():
    with open(file, "r+b") as opened:
        if libc.fallocate(opened.fileno(), 3, ctypes.c_long(0), ctypes.c_long(4)) != 0:
            raise OSError(ctypes.get_errno(), "fallocate")
for change in (
    lambda: os.unlink(file), lambda: os.rename(file, new), lambda: os.replace(new + "er", file),
    lambda: os.rmdir(f"{home}/ordner"), lambda: os.mkdir(new), lambda: os.link(file, new), lambda: os.symlink(file, new),
    lambda: os.mkfifo(new), lambda: os.truncate(file, 0), lambda: open(file, "wb").close(), lambda: open(new, "xb").close(),
    lambda: os.close(os.open(home, os.O_TMPFILE | os.O_RDWR)), cut, punch, change_mapping,
    lambda: os.chmod(file, 0o777), lambda: os.fchmod(handle, 0o777), lambda: os.chown(file, os.getuid(), os.getgid()),
    lambda: os.lchown(file, -1, -1), lambda: os.fchown(handle, -1, -1),
    lambda: os.utime(file, (1, 1)), lambda: os.setxattr(file, "user.x", b"y"),
):
    try:
        change()
        print("geschehen")
    except OSError as error:
        print(error.errno)
"""
NO_LANDLOCK = "import ingest.confinement\ningest.confinement._restrict_writing = set\n"


@on_linux
@pytest.mark.parametrize("before", ["", NO_LANDLOCK], ids=["all", "without Landlock"])
def test_no_file_can_be_changed_created_or_removed(tmp_path: Path, before: str) -> None:
    (tmp_path / "datei").write_bytes(b"Inhalt")
    (tmp_path / "neuer").write_bytes(b"Anderer")
    (tmp_path / "ordner").mkdir()
    state = {path.name: path.stat() for path in tmp_path.iterdir()}
    answers = run_confined(CHANGES, str(tmp_path), before=before).split()
    assert len(answers) == 22
    assert set(answers) <= {"1", "13"}  # EPERM of the filter, EACCES of Landlock
    assert {path.name: path.stat()[:9] for path in tmp_path.iterdir()} == {name: known[:9] for name, known in state.items()}
    assert (tmp_path / "datei").read_bytes() == b"Inhalt"


@on_linux
@pytest.mark.parametrize("before", ["", NO_LANDLOCK], ids=["all", "without Landlock"])
def test_other_processes_are_out_of_reach_and_its_own_are_not(before: str) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    code = """
import ctypes, resource, signal, subprocess
other, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
def trace():
    if libc.ptrace(16, other, None, None) != 0:  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "ptrace")
for meddle in (
    lambda: os.killpg(other, 9), lambda: signal.pidfd_send_signal(os.pidfd_open(other), 9), trace,
    lambda: resource.prlimit(other, resource.RLIMIT_CPU, (0, 0)), lambda: os.kill(other, 0),
):
    try:
        meddle()
        print("geschehen")
    except OSError as error:
        print(error.errno)
own = subprocess.Popen(["sleep", "60"], stderr=subprocess.DEVNULL)
own.kill()
print(own.wait(), "signals" in GUARDS)
"""
    try:
        *answers, one, ended, keeps_signals = run_confined(code, str(other.pid), before=before).split()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert answers == ["1"] * 4
    assert ended == "-9"
    assert one == ("1" if keeps_signals == "True" else "geschehen")


@on_linux
def test_a_program_that_fails_can_still_abort() -> None:
    code = "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import os; os.abort()']).returncode)"
    assert run_confined(code) == "-6"


@on_linux
def test_it_ends_with_its_parent() -> None:
    inner = START + "import time; print(os.getpid(), flush=True); time.sleep(60)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {inner!r}]); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until_gone(child)


@on_linux
def test_it_does_not_begin_without_its_parent() -> None:
    code = "from ingest.confinement import confine; from ingest.limits import Limits; confine(Limits(), 1 << 30); print('lebt')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def wait_until_gone(process: int) -> bool:
    for _ in range(200):
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
