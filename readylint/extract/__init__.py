"""Extraction: one file's bytes to its symbolic flow graph. Judges nothing and knows no other file."""

from readylint.extract.module import extract_module

__all__ = ["extract_module"]
