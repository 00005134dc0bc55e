"""What reading costs against the parser, and whether linking grows with the code.

    python benchmarks/speed/scale.py [--cache DIR] [--runs N]

1. Extraction: `libcst.parse_module` over the files that a run parses, and the same files parsed and extracted.
2. Linking: the same package once, twice and four times under other names in one project.

CPU seconds of one process, the least of N runs. Nothing of the packages is installed, imported or run.
"""

from __future__ import annotations

import argparse
import gc
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import libcst

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "accuracy"))
from sources import package

from readylint import analysis
from readylint.extract import extract_module
from readylint.link import Linker
from readylint.link.program import Program
from readylint.packs import load
from readylint.settings import Settings

PACKAGES = [("khoj", "1.42.10"), ("lightrag-hku", "1.5.7"), ("browser-use", "0.13.14")]
COPIED, FOLDER = ("lightrag-hku", "1.5.7"), "lightrag"
EXTRACTION_LIMIT = 1.5
LINEAR_LIMIT = 1.25
"""How much dearer linking four times the code may be than four times linking it once."""


def least(work: Callable[[], object], runs: int) -> float:
    """CPU seconds of the quickest run."""
    times = []
    for _ in range(runs):
        gc.collect()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def extraction(root: Path, runs: int) -> tuple[int, float, float]:
    """(files, seconds to parse, seconds to parse and extract)."""
    gathered = analysis.collect([root], Settings(base=root))
    patterns = {n: re.compile(p) for e in load().evidence() for n, p in e.keys.items()}
    jobs = [
        (text, path, path.removesuffix(".py").replace("/", "."), path.endswith("__init__.py"))
        for path, text in gathered.texts.items()
    ]
    gc.disable()
    try:
        parse = least(lambda: [libcst.parse_module(job[0].encode()) for job in jobs], runs)
        whole = least(lambda: [extract_module(*job, patterns) for job in jobs], runs)
    finally:
        gc.enable()
    return len(jobs), parse, whole


class LinkClock:
    """CPU seconds spent linking: everything after the files were read."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.inside = False
        for owner, name in ((Program, "__init__"), (Linker, "__init__"), (Linker, "link")):
            self._watch(owner, name)

    def _watch(self, owner: type, name: str) -> None:
        inner = getattr(owner, name)

        def watched(*args: object, **kwargs: object) -> object:
            if self.inside:
                return inner(*args, **kwargs)
            self.inside, start = True, time.process_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.inside = False
                self.seconds += time.process_time() - start

        setattr(owner, name, watched)

    def linking(self, root: Path, runs: int) -> tuple[int, int, float]:
        """(parsed files, model calls, seconds)."""
        times = []
        for _ in range(runs):
            self.seconds = 0.0
            gathered = analysis.collect([root], Settings(base=root))
            times.append(self.seconds)
        calls = sum(fact.kind == "llm.call" for fact in gathered.sheet.facts)
        return len(gathered.parsed), calls, min(times)


def copies(source: Path, name: str, count: int, target: Path) -> Path:
    """A project that holds a package several times, each under a name of its own."""
    target.mkdir(parents=True)
    (target / "requirements.txt").touch()
    for number in range(1, count + 1):
        own = target / f"{name}{number}"
        shutil.copytree(source / name, own)
        for file in own.rglob("*.py"):
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
            file.write_text(re.sub(rf"\b{name}\b", own.name, text), encoding="utf-8", errors="surrogateescape")
    return target


def main() -> int:
    """The command; exit 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "readylint-accuracy")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    sys.setrecursionlimit(60_000)
    good = True
    for name, version in PACKAGES:
        files, parse, whole = extraction(package(name, version, given.cache), given.runs)
        good = good and whole <= EXTRACTION_LIMIT * parse
        print(
            f"{name} {version}: {files} files, parse {parse:.2f} s, with extraction {whole:.2f} s = {whole / parse:.2f}"
        )
    clock, once = LinkClock(), 0.0
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 2, 4):
            root = copies(package(*COPIED, given.cache), FOLDER, count, Path(folder) / str(count))
            files, calls, seconds = clock.linking(root, given.runs)
            once = once or seconds
            good = good and seconds <= LINEAR_LIMIT * count * once
            print(
                f"{count} x {COPIED[0]}: {files} files, {calls} calls, linked in {seconds:.2f} s = {seconds / once:.2f}"
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
