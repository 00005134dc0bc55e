"""Files decoded and extracted, each once, in several processes when there is much to do."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterable

from readylint.facts import Problem
from readylint.files import decode, normalise
from readylint.flow import ModuleFlow
from readylint.index import Index
from readylint.packs import Pack

POOL_BYTES = 1_500_000
"""From this much source on files are parsed by several processes."""
RECURSION = 60_000
"""Frames that a deep stack has room for."""


class SourceReader:
    """Decodes and extracts files, each once, in several processes when there is much to do."""

    def __init__(self, index: Index, pack: Pack) -> None:
        self.index = index
        self.texts: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.flows: dict[str, ModuleFlow] = {}
        self.failed: set[str] = set()
        self.patterns = {n: re.compile(p) for e in pack.evidence() for n, p in e.keys.items()}

    def read(self, paths: Iterable[str]) -> list[ModuleFlow]:
        """The flow graphs of files; those that cannot be read become problems."""
        wanted = [p for p in sorted(paths) if p not in self.flows and p not in self.failed]
        jobs: list[Job] = []
        for path in wanted:
            entry = self.index.entries[path]
            text = decode(entry.data, path)
            if isinstance(text, Problem):
                self._fail(text)
                continue
            self.texts[path] = text
            jobs.append((normalise(text), path, entry.module, entry.is_package, self.patterns))
        for outcome in _extract_all(jobs):
            if isinstance(outcome, Problem):
                self._fail(outcome)
            else:
                self.flows[outcome.path] = outcome
        return [self.flows[p] for p in sorted(paths) if p in self.flows]

    def _fail(self, problem: Problem) -> None:
        self.failed.add(problem.path)
        self.problems.append(problem)


Job = tuple[str, str, str, bool, dict[str, re.Pattern[str]]]


def _extract_all(jobs: list[Job]) -> Iterable[ModuleFlow | Problem]:
    from readylint.extract import extract_module

    size = sum(len(j[0]) for j in jobs)
    workers = min(os.cpu_count() or 1, 8)
    if size < POOL_BYTES or workers < 2 or len(jobs) < 8:
        return [extract_module(*job) for job in jobs]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, get_context("fork") if sys.platform == "linux" else None, _quiet) as pool:
        return list(pool.map(_extract_deep, jobs, chunksize=max(1, len(jobs) // (workers * 16))))


def _quiet() -> None:
    """Workers only parse: the collector would run over trees that are freed as a whole."""
    gc.disable()
    sys.setrecursionlimit(RECURSION // 20)


def _extract_deep(job: Job) -> ModuleFlow | Problem:
    from readylint.extract import extract_module

    return extract_module(*job)
