"""What the exit codes of the command line mean."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_SOME_FAILED = 1  # some documents failed, or the gate of `evaluate --gate` is shut; each reason is listed
EXIT_USAGE = 2  # wrong usage, or nothing there
EXIT_INTERRUPTED = 130  # 128 + SIGINT, the shells' convention
