"""Evidence about retrieval: stores of vectors, what embeds, what splits documents, and caches of answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from readylint.catalogue.sdk import Argument


@dataclass(slots=True)
class StoreRule:
    """A store of vectors of one library, and how it is written and searched."""

    library: str
    make: list[str]
    """What gives the store: constructors, and methods of a client (`Client.get_collection`)."""
    of: list[str] = field(default_factory=list)
    """Modules or classes that have everything in `make` and `fills`."""
    name: Argument = field(default_factory=Argument)
    """What tells one store from another where it is made: a collection, an index, a folder."""
    name_in_use: Argument | None = None
    """The same, where each use says it (`client.upsert(collection_name=...)`)."""
    embedding: Argument | None = None
    """The object that embeds, where the store is given one; without it vectors come from outside."""
    embedding_default: str | None = None
    """The model where none is given."""
    ambient: list[str] = field(default_factory=list)
    """Attributes that set the object that embeds for every store (`Settings.embed_model`)."""
    fills: list[str] = field(default_factory=list)
    """Of `make`: what also writes the documents that it is given."""
    documents: Argument = field(default_factory=Argument)
    """What is written, in `fills` and in `write`."""
    write: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    vectors: Argument | None = None
    """Vectors that a write is given."""
    query: Argument | None = None
    """The vector that a search is given."""
    saves: list[str] = field(default_factory=list)
    """Methods that put it into a folder, which is its name then."""
    undecided_by: list[str] = field(default_factory=list)
    """Keywords of `make` that may hold what embeds and what splits, and are not read."""
    ids: list[str] = field(default_factory=list)
    """Keywords that name what is written."""
    upserts: list[str] = field(default_factory=list)
    """Of `write`: what replaces what is there under the same name."""
    filters: list[str] = field(default_factory=list)
    """Keywords of a search that leave out what is not meant: conditions, partitions, namespaces."""
    splits: bool = False
    """It splits documents by itself; `split_by` are the ways to say how."""
    split_by: list[str] = field(default_factory=list)
    """Keywords of `fills` that say how documents are split."""
    split_ambient: list[str] = field(default_factory=list)
    """Attributes that say it for every store (`Settings.chunk_size`)."""


@dataclass(slots=True)
class EmbedderRule:
    """What embeds and is no client of an SDK: models that run here, functions of a store."""

    make: list[str]
    of: list[str] = field(default_factory=list)
    model: Argument = field(default_factory=Argument)
    default: str | None = None


@dataclass(slots=True)
class SplitterRule:
    """What splits documents. Without `size` it splits by structure or meaning."""

    make: list[str]
    of: list[str] = field(default_factory=list)
    size: list[str] = field(default_factory=list)
    overlap: list[str] = field(default_factory=list)
    position: int | None = None
    """Where the size stands by position; the overlap follows it."""
    methods: list[str] = field(default_factory=list)
    """What splits with it; for `make` that are functions they split by themselves."""


def names(of: list[str], written: list[str]) -> set[str]:
    """The full names of what a rule writes down, below everything in `of`."""
    return {f"{owner}.{name}" for owner in of for name in written} if of else set(written)


@dataclass(slots=True)
class AnswerCacheRule:
    """A cache whose entries outlive the process that fills it, or a decorator that keeps what a function gives."""

    library: str
    read: list[str] = field(default_factory=list)
    """Names whose call reads an entry."""
    write: list[str] = field(default_factory=list)
    """Names whose call writes one."""
    read_methods: list[str] = field(default_factory=list)
    write_methods: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver of those methods where its type cannot be told."""
    key: Argument = field(default_factory=Argument)
    """The key, at the read and at the write."""
    expires: list[str] = field(default_factory=list)
    """Keywords of the write that say when the entry ends."""
    expires_position: int | None = None
    expiring: list[str] = field(default_factory=list)
    """Last names of writes that always say it (`setex`)."""
    later: list[str] = field(default_factory=list)
    """Methods that set the end of an entry afterwards (`expire`)."""
    default_expires: bool = False
    """Entries end by themselves when nothing is said (Django: after 300 seconds)."""
    decorator: list[str] = field(default_factory=list)
    """Decorators that keep results outside of the process, under the arguments of the function."""
