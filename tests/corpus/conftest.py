"""Puts the build script of the corpus, which is no package, in reach of its tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "corpus/sources"))
