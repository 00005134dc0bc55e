"""Time readylint against ruff, and against the parser that it uses.

    python benchmarks/speed/run.py [--cache DIR] [--source DIR] [--runs N] [--check]

The sources of homeassistant are downloaded (`pip download --no-deps`) and unpacked; nothing of them is installed,
imported or run. ruff and readylint have to stand in the environment of the Python that runs this. Two questions:

1. How long does a run over the whole tree take, as a multiple of ruff with two rules? Both are timed in turn.
2. What do the files that the run parsed cost, as a multiple of `libcst.parse_module` over them?

The table goes to `benchmarks/speed/RESULTS.md` and between the marks of README.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "homeassistant==2024.3.3"
WALL_LIMIT, PARSE_LIMIT = 5.0, 2.0
RUFF = ("ruff", "check", "--isolated", "--no-cache", "--select", "S113,BLE001", ".")
READYLINT = ("readylint", "check", ".", "--exit-zero", "--format", "json")


@dataclass
class Sample:
    """Seconds of one run: on the clock, and of all processors together."""

    wall: float
    cpu: float


def unpacked(cache: Path) -> Path:
    """The folder of the sources below the cache; downloaded when it is not there yet."""
    target = cache / PACKAGE.replace("==", "-")
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
        subprocess.run([*command, "--only-binary", ":all:", "--dest", folder, PACKAGE], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(Path(folder) / "tree")
        (Path(folder) / "tree").rename(target)
    return target


def program(name: str) -> str:
    """The program in the environment of this Python, else on the path."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: pip install -e '.[dev]'")
    return found


def timed(command: Sequence[str], tree: Path) -> Sample:
    """Run a program to its end; what it prints goes nowhere."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([program(command[0]), *command[1:]], cwd=tree, stdout=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return Sample(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def in_turn(tree: Path, runs: int) -> tuple[list[Sample], list[Sample]]:
    """Ruff and readylint one after the other, as often as wanted, after one run of each that does not count."""
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for number in range(runs + 1):
        for command, kept in zip((RUFF, READYLINT), samples, strict=True):
            sample = timed(command, tree)
            if number:
                kept.append(sample)
    return samples


def parsed_files(tree: Path) -> list[str]:
    """The files that the run parses, as `-v` names them, below the tree."""
    command = [program("readylint"), "check", ".", "--exit-zero", "--statistics", "-v"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    named = [line.removeprefix("parsed: ") for line in done.stderr.splitlines() if line.startswith("parsed: ")]
    if not named:
        raise SystemExit("readylint -v named no parsed file")
    root = tree
    while not (root / named[0]).is_file():  # paths are relative to the top of a repository around the tree
        root = root.parent
    return [str(root / name) for name in named]


# Inside a fresh process ------------------------------------------------------------------------------------------


def cpu_seconds() -> float:
    """Of this process, its threads, and the children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def parse_only(files: list[str]) -> float:
    """CPU seconds of `libcst.parse_module` over the files, with the garbage collector as Python ships it."""
    import libcst

    texts = [Path(file).read_bytes() for file in files]
    start = cpu_seconds()
    for text in texts:
        libcst.parse_module(text)
    return cpu_seconds() - start


class Stopwatch:
    """CPU seconds spent inside wrapped functions; calls of one inside another count once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.depth = 0

    def wrap(self, owner: Any, name: str) -> None:
        """Put a function of a class behind the watch."""
        inner = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            start = cpu_seconds() if self.depth == 0 else 0.0
            self.depth += 1
            try:
                return inner(*args, **kwargs)
            finally:
                self.depth -= 1
                if self.depth == 0:
                    self.seconds += cpu_seconds() - start

        setattr(owner, name, watched)


def read_and_link(tree: str) -> float:
    """CPU seconds of readylint for the same files: parse, places, extract, link; worker processes included."""
    from readylint import analysis, link
    from readylint.link import program
    from readylint.settings import Settings

    watch = Stopwatch()
    watch.wrap(analysis.SourceReader, "read")
    watch.wrap(program.Program, "__init__")
    watch.wrap(link.Linker, "__init__")
    watch.wrap(link.Linker, "link")
    analysis.collect([Path(tree)], Settings(base=Path(tree)))
    return watch.seconds


def inside(question: str, given: list[str]) -> float:
    """Ask one of the two in a process of its own."""
    command = [sys.executable, __file__, "--inside", question]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return float(done.stdout)


# The report ------------------------------------------------------------------------------------------------------


@dataclass
class Results:
    """Everything that was measured."""

    files: int
    parsed: int
    parsed_bytes: int
    ruff: list[Sample]
    readylint: list[Sample]
    parse: list[float]
    linked: list[float]
    load: float

    @property
    def wall_ratio(self) -> float:
        """Readylint over ruff, medians."""
        return median(s.wall for s in self.readylint) / median(s.wall for s in self.ruff)

    @property
    def parse_ratio(self) -> float:
        """Readylint over `parse_module`, medians."""
        return median(self.linked) / median(self.parse)


def median(values: Any) -> float:
    """Of any iterable."""
    return statistics.median(list(values))


def table(found: Results) -> str:
    """Both questions as one Markdown table."""
    rows = [
        "| what | clock, median (least) | CPU, median | times | at most |",
        "|---|---|---|---|---|",
    ]
    for name, command, samples in (("ruff", RUFF, found.ruff), ("readylint", READYLINT, found.readylint)):
        walls = [s.wall for s in samples]
        ratio = f"{found.wall_ratio:.1f} | {WALL_LIMIT:.0f} |" if name == "readylint" else "1 | |"
        cpu = median(s.cpu for s in samples)
        rows.append(f"| `{' '.join(command)}` | {median(walls):.2f} s ({min(walls):.2f} s) | {cpu:.2f} s | {ratio}")
    rows.append(f"| `libcst.parse_module` over the {found.parsed} parsed files | | {median(found.parse):.2f} s | 1 | |")
    rows.append(
        f"| readylint over the same files: parse, extract, link | | {median(found.linked):.2f} s "
        f"| {found.parse_ratio:.1f} | {PARSE_LIMIT:.0f} |"
    )
    return "\n".join(rows)


def document(found: Results) -> str:
    """The page of results."""
    version = importlib.metadata.version
    runs = len(found.ruff)
    return f"""# Speed

{PACKAGE.replace("==", " ")}: {found.files:,} Python files; {found.parsed} were parsed ({found.parsed_bytes:,} bytes).

{table(found)}

Measured on {dt.datetime.now(tz=dt.UTC):%d %B %Y} with {os.cpu_count()} cores, {platform.system()} on \
{platform.machine()}, Python {platform.python_version()}, readylint {version("readylint")}, ruff {version("ruff")}, \
libcst {version("libcst")}; load average {found.load:.1f} before the first run.
{busy(found)}
- The clock of whole programs, from start to end, in turn: one run of each that does not count, then {runs} of each.
  CPU is user and system time of the program and its children.
- `libcst.parse_module`: CPU time in a fresh process, garbage collector as Python ships it, sources already in memory;
  median of {len(found.parse)}.
- readylint over the same files: CPU time inside `SourceReader.read`, `Program()`, `Linker()` and `Linker.link()`
  during `collect()`, in a fresh process, worker processes included, the collector as readylint sets it; median of
  {len(found.linked)}. Finding files, reading and indexing their imports, packs, rules and the report are not in it;
  they are in the first two rows.

- readylint as it is installed: `pip install .` into an environment of its own, whose pack is compiled.

Again: `python benchmarks/speed/run.py`
"""


def busy(found: Results) -> str:
    """A warning when something else was running: ruff uses all cores and loses more by that than readylint."""
    clock, cpu = median(s.wall for s in found.ruff), median(s.cpu for s in found.ruff)
    if found.load <= (os.cpu_count() or 1) / 2 and clock < 0.9 * cpu:
        return ""
    least = min(s.wall for s in found.readylint) / min(s.wall for s in found.ruff)
    return (
        "\n**The machine was not idle, which flatters readylint: ruff uses all cores and loses them.** "
        f"The least of each clock give {least:.1f}. Measure again on an idle machine.\n"
    )


def put_into_readme(text: str) -> None:
    """The table between the marks of README.md."""
    readme = ROOT / "README.md"
    whole = readme.read_text(encoding="utf-8")
    before, opening, rest = whole.partition("<!-- speed -->")
    _, closing, after = rest.partition("<!-- /speed -->")
    if opening and closing:
        readme.write_text(f"{before}{opening}\n{text}\n{closing}{after}", encoding="utf-8", newline="\n")


def measure(tree: Path, runs: int) -> Results:
    """Everything, in turn."""
    load = os.getloadavg()[0]
    ruff, readylint = in_turn(tree, runs)
    files = parsed_files(tree)
    parse, linked = [], []
    for _ in range(runs):
        parse.append(inside("parse", files))
        linked.append(inside("link", [str(tree)]))
    return Results(
        files=sum(1 for _ in tree.rglob("*.py")),
        parsed=len(files),
        parsed_bytes=sum(os.path.getsize(file) for file in files),
        ruff=ruff,
        readylint=readylint,
        parse=parse,
        linked=linked,
        load=load,
    )


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, help="where the download is kept; a temporary folder when not given")
    parser.add_argument("--source", type=Path, help="the unpacked package, when it is there already")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit 1 when a limit is exceeded")
    parser.add_argument("--no-write", action="store_true", help="print the page, change no file")
    parser.add_argument("--inside", choices=("parse", "link"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        given = json.load(sys.stdin)
        print(parse_only(given) if options.inside == "parse" else read_and_link(given[0]))
        return 0
    with tempfile.TemporaryDirectory(prefix="readylint-speed-") as temporary:
        tree = options.source or unpacked(options.cache or Path(temporary))
        found = measure(tree.resolve(), options.runs)
    page = document(found)
    print(page)
    if not options.no_write:
        (Path(__file__).parent / "RESULTS.md").write_text(page, encoding="utf-8", newline="\n")
        put_into_readme(table(found))
    missed = found.wall_ratio > WALL_LIMIT or found.parse_ratio > PARSE_LIMIT
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
