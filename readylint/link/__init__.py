"""Linking: the flow graphs of a project joined into one program, and the facts that hold for its model calls."""

from readylint.link.build import LinkedProject, Linker

__all__ = ["LinkedProject", "Linker"]
