"""`python -m readylint.packs compile FOLDER TARGET`: the compiled form of a pack, as the wheel carries it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from readylint.packs import PackError
from readylint.packs.source import compile_folder


def main(arguments: list[str]) -> int:
    """Compile a pack folder into a JSON file."""
    if len(arguments) != 3 or arguments[0] != "compile":
        print("usage: python -m readylint.packs compile FOLDER TARGET", file=sys.stderr)
        return 2
    try:
        data = compile_folder(Path(arguments[1]))
    except PackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    Path(arguments[2]).write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
