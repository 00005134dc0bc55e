"""Compare the model calls that readylint finds with those that were listed by hand.

    python benchmarks/accuracy/compare.py [--sources DIR] [NAME ...]

The packages named in `labels/*.yaml` are downloaded (`pip download --no-deps`, held against their hash) into DIR and
unpacked; nothing of them is installed, imported or run. Prints one line a package and the totals, and every difference
with `-v`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import yaml
from sources import package

from readylint.analysis import gather
from readylint.settings import Settings

LABELS = Path(__file__).parent / "labels"


def found_calls(root: Path, part: list[str]) -> dict[tuple[str, int, str], object]:
    """Model calls of the part by path below the root, line and last name of the callee."""
    sheet = gather([root], Settings())
    calls = {}
    for fact in sheet.facts:
        if fact.kind != "llm.call":
            continue
        path = below(fact.callee_span.path, root)
        if any(path == p or path.startswith(p.rstrip("/") + "/") for p in part):
            name = fact.callee.rstrip("()").rsplit(".", 1)[-1].strip(" )")
            calls[path, fact.callee_span.end_line, name] = fact
    return calls


def below(path: str, root: Path) -> str:
    """A path of a run as a path below the unpacked folder."""
    marker = f"{root.name}/"
    return path.split(marker, 1)[1] if marker in path else path


def compare(label: dict[str, object], sources: Path, families: set[str]) -> tuple[int, int, list[str], list[str]]:
    """(listed, found of those, missing, extra) for the SDK families that count."""
    root = package(str(label["package"]), str(label["version"]), sources, str(label["sha256"]))
    found = found_calls(root, list(label["part"]))  # type: ignore[call-overload]
    calls = label["calls"]
    keys = {(c["path"], c["line"]) for c in calls}  # type: ignore[attr-defined]
    places = {(p, line) for p, line, _ in found}
    counted = [c for c in calls if c["sdk"] in families and not c.get("undecidable")]  # type: ignore[attr-defined]
    missing = [
        f"{c['path']}:{c['line']} {c['name']} [{c['sdk']}]" for c in counted if (c["path"], c["line"]) not in places
    ]
    extra = [
        f"{p}:{line} {name} [{found[p, line, name].sdk}]" for p, line, name in sorted(found) if (p, line) not in keys
    ]  # type: ignore[attr-defined]
    return len(counted), len(counted) - len(missing), missing, extra


FAMILIES = {
    "openai",
    "anthropic",
    "google-genai",
    "litellm",
    "langchain",
    "boto3",
    "aioboto3",
    "bedrock",
    "http",
    "azure",
}


def arguments(description: str | None, folder: Path) -> tuple[argparse.Namespace, list[Path]]:
    """The options, and the files of the folder that were asked for: all of them when none is named."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sources", type=Path, default=Path(tempfile.gettempdir()) / "readylint-accuracy")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    return options, [f for f in sorted(folder.glob("*.yaml")) if not options.names or f.stem in options.names]


def main() -> int:
    """The command."""
    options, files = arguments(__doc__, LABELS)
    total = [0, 0, 0]
    for path in files:
        label = yaml.safe_load(path.read_text())
        listed, hit, missing, extra = compare(label, options.sources, FAMILIES)
        total = [total[0] + listed, total[1] + hit, total[2] + len(extra)]
        print(f"{path.stem}: {hit} of {listed} found, {len(extra)} that are none")
        if options.verbose:
            print(*(f"   missing {m}" for m in missing), *(f"   extra   {e}" for e in extra), sep="\n")
    listed, hit, extra_total = total
    reported = hit + extra_total
    print(
        f"all: {hit} of {listed} found ({100 * hit / max(listed, 1):.1f} %), "
        f"{extra_total} of {reported} reported are none"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
