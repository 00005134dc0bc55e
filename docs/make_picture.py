"""Draw the pictures of README.md from a real run over `fixtures/support-bot`.

    python docs/make_picture.py

`docs/images/findings.svg` shows some findings word for word, with a mark where others were left out;
`docs/images/checklist.svg` shows the end of the same output whole. `docs/images/cost.svg` shows the cost sheet,
as on the day of the price table.
"""

from __future__ import annotations

import io
import re
import sys
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from readylint.analysis import analyse
from readylint.costing import cost_of
from readylint.packs import load
from readylint.report import ReportOptions, write
from readylint.report.cost_text import write_cost
from readylint.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
FIXTURE = "fixtures/support-bot"
IMAGES = ROOT / "docs" / "images"
TRAFFIC = f"{FIXTURE}/traffic.yaml"
WIDTH = 112
COST_WIDTH = 136
SHOWN = ("no-timeout", "unbounded-history", "call-refused")
"""The first finding of each of these is drawn."""
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def output() -> str:
    """What `readylint check fixtures/support-bot` prints on a terminal of this width, with its colours."""
    report, gathered = analyse([ROOT / FIXTURE], Settings(base=ROOT))
    root = gathered.discovery.root
    stream = io.StringIO()
    options = ReportOptions(root=root, repository_root=root, color="always", width=WIDTH, exit_code=1)
    write(report, "terminal", stream, options)
    return stream.getvalue()


def cost() -> Text:
    """What `readylint cost` prints of the same code with its traffic file."""
    pack = load()
    day = date.fromisoformat(pack.models_as_of)
    sheet, gathered = cost_of([ROOT / FIXTURE], Settings(base=ROOT), pack, ROOT / TRAFFIC, today=day)
    root = gathered.discovery.root
    stream = io.StringIO()
    write_cost(sheet, stream, ReportOptions(root=root, repository_root=root, color="always", width=COST_WIDTH))
    return Text.from_ansi(f"$ readylint cost {FIXTURE} --traffic {TRAFFIC}\n\n{stream.getvalue().rstrip()}")


def pictures() -> dict[str, str]:
    """Every picture by its name."""
    drawn = {name: draw(name, text) for name, text in parts(output()).items()}
    return {**drawn, "cost": draw("cost", cost(), COST_WIDTH)}


def parts(printed: str) -> dict[str, Text]:
    """The two pictures of `check` by their names."""
    findings, _, rest = printed.partition("\x1b[1mChecklist\x1b[0m\n")
    if not rest:
        raise SystemExit("the output has no checklist; see `parts`")
    blocks = findings.strip("\n").split("\n\n")
    heads = [re.match(r"\w+\[([\w-]+)\]", Text.from_ansi(block).plain) for block in blocks]
    kept = {next(i for i, head in enumerate(heads) if head and head[1] == rule) for rule in SHOWN}
    lines = [f"$ readylint check {FIXTURE}", ""]
    skipped = 0
    for number, (block, head) in enumerate(zip(blocks, heads, strict=True)):
        if head and number not in kept:
            skipped += 1
            continue
        if skipped:
            lines += [f"\x1b[2m… {skipped} left out here …\x1b[0m", ""]
            skipped = 0
        lines += [block, ""]
    return {
        "findings": Text.from_ansi("\n".join(lines).rstrip("\n")),
        "checklist": Text.from_ansi(f"\x1b[1mChecklist\x1b[0m\n{rest.rstrip()}"),
    }


def draw(name: str, text: Text, width: int = WIDTH) -> str:
    """The SVG, which asks for nothing from elsewhere."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(text)
    svg = console.export_svg(title="readylint", unique_id=f"readylint-{name}")
    return "\n".join(line.rstrip() for line in _FONT.sub("", svg).splitlines()) + "\n"


def main() -> int:
    """Write the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, drawn in pictures().items():
        path = IMAGES / f"{name}.svg"
        path.write_text(drawn, encoding="utf-8", newline="\n")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
