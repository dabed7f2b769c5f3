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
confine(Limits(), os.getppid())
"""


def run_confined(code: str) -> str:
    """Return what `code` prints in a process that was confined before."""
    done = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, cwd=ROOT, check=True)
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
