"""The pinned sources of the benchmark, as folders: repositories by commit, packages by version and hash.

Nothing of them is installed, imported or run.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

GIT_HOST = "https://github.com"


class SourceError(Exception):
    """A source that cannot be had, or is not what was pinned."""


def repository(name: str, commit: str, cache: Path, host: str = GIT_HOST) -> Path:
    """The files of `OWNER/NAME` at a commit, below the cache as `OWNER+NAME`; fetched when they are not there yet.

    Raises `SourceError`.
    """
    target = cache / name.replace("/", "+")
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        git = ["git", "-C", folder]
        try:
            subprocess.run([*git, "init", "--quiet"], check=True)
            subprocess.run([*git, "fetch", "--quiet", "--depth", "1", f"{host}/{name}", commit], check=True)
            archive = subprocess.run([*git, "archive", "FETCH_HEAD"], check=True, capture_output=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise SourceError(f"{name} at {commit} cannot be fetched from {host}: {error}") from error
        packed = Path(folder) / "archive.tar"
        packed.write_bytes(archive)
        with tarfile.open(packed) as tar:
            tar.extractall(Path(folder) / "tree", filter="data")
        (Path(folder) / "tree").rename(target)
    return target


def package(name: str, version: str, cache: Path, sha256: str | None = None) -> Path:
    """The unpacked files of a distribution, below the cache; downloaded when they are not there yet.

    Raises `SourceError`, also when the download does not have the hash.
    """
    target = cache / f"{name.replace('-', '_')}-{version}"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        options = ["--no-deps", "--ignore-requires-python", "-q", "-d", folder]
        command = [sys.executable, "-m", "pip", "download", *options, f"{name}=={version}"]
        try:
            subprocess.run(command, check=True)
        except subprocess.CalledProcessError as error:
            raise SourceError(f"{name} {version} cannot be downloaded: {error}") from error
        archive = next(Path(folder).iterdir())
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if sha256 is not None and found != sha256:
            raise SourceError(f"{archive.name} has the hash {found}, pinned is {sha256}")
        tree = Path(folder) / "tree"
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(tree)
        else:
            with tarfile.open(archive) as sdist:
                sdist.extractall(tree, filter="data")
        tree.rename(target)
    return target
