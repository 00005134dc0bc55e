"""Installs the versions of SDKs that the environment does not have, each in a folder of its own.

PYTHONPATH=tests python -m contract.install [PART OF A NAME ...]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from contract.cases import CASES, PACKAGES, Case

AT_ONCE = 3


def install(case: Case) -> str:
    """Fill the folder of one version; returns what went wrong."""
    unfinished = case.own_folder.with_name(case.own_folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    wanted = [f"{case.distribution}=={case.version}", *case.requires]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(unfinished), *wanted]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode:
        return f"{case.id}: {outcome.stderr[-2000:]}"
    unfinished.rename(case.own_folder)
    return ""


def main(wanted: list[str]) -> int:
    """Install what is missing; 1 when something could not be."""
    missing = {c.own_folder: c for c in CASES if c.folder is None and (not wanted or any(w in c.id for w in wanted))}
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failures = [f for f in pool.map(install, missing.values()) if f]
    print(f"{len(missing) - len(failures)} of {len(missing)} versions installed in {PACKAGES}")
    print("\n".join(failures), end="", file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
