"""The folder of the library: the index, the best weights, and the small certificates.

    index.jsonl              one line an instance
    solutions/NAME.json      the best weights
    certificates/NAME.tar.xz a certificate as `dnnt check` takes it, packed

It is the one that is named, or that of DNNT_LIBRARY, or the one that came with the package.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from dnnt_encode.errors import InputError
from dnnt_encode.library.entry import LibraryEntry, entry_of
from dnnt_encode.parsers.files import decode_text, read_bytes, write_text

INDEX = "index.jsonl"


@dataclass(frozen=True)
class EntryFilter:
    """Which entries are wanted: of one of these names, groups, statuses and subsets, where any are given, and with all
    of these tags."""

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def holds(self, entry: LibraryEntry) -> bool:
        return (
            (not self.names or entry.name in self.names)
            and (not self.groups or entry.group in self.groups)
            and (not self.statuses or entry.status in self.statuses)
            and (not self.subsets or bool({*self.subsets} & {*entry.subsets}))
            and (not self.tags or {*self.tags} <= {*entry.tags})
        )


class Library:
    """The instances of a folder, by name."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        """Raises InputError where there is no library."""
        self.folder = Path(folder) if folder is not None else found_folder()
        self.index = self.folder / INDEX

    @cached_property
    def entries(self) -> dict[str, LibraryEntry]:
        """Raises InputError naming the line."""
        found: dict[str, LibraryEntry] = {}
        lines = decode_text(read_bytes(self.index), str(self.index)).splitlines()
        for number, line in enumerate(lines, start=1):
            place = f"{self.index}, line {number}"
            try:
                entry = entry_of(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(f"this is no entry of the library: {error}", place) from None
            if entry.name in found:
                raise InputError(f"there is an instance called {entry.name} already", place)
            found[entry.name] = entry
        return found

    def named(self, name: str) -> LibraryEntry:
        """Raises InputError."""
        if name not in self.entries:
            raise InputError(f"found {name[:60]!r}; `dnnt library list` names what there is", str(self.index))
        return self.entries[name]

    def of_hash(self, sha256: str) -> LibraryEntry:
        """Raises InputError."""
        for entry in self.entries.values():
            if entry.sha256 == sha256:
                return entry
        raise InputError(f"no instance has the hash {sha256}", str(self.index))

    def chosen(self, wanted: EntryFilter) -> Iterator[LibraryEntry]:
        """The entries that are wanted. Raises InputError for names, groups, subsets and tags that nothing has."""
        known: dict[str, Callable[[LibraryEntry], Sequence[str]]] = {
            "names": lambda entry: (entry.name,),
            "groups": lambda entry: (entry.group,),
            "subsets": lambda entry: entry.subsets,
            "tags": lambda entry: entry.tags,
        }
        for what, of in known.items():
            there = {text for entry in self.entries.values() for text in of(entry)}
            unknown = [text for text in getattr(wanted, what) if text not in there]
            if unknown:
                shown = "`dnnt library list` names them" if what == "names" else f"known are {', '.join(sorted(there))}"
                raise InputError(f"found {unknown[0][:60]!r} among the {what}; {shown}", str(self.index))
        return filter(wanted.holds, self.entries.values())

    def called(self, name: str) -> list[LibraryEntry]:
        """The entries of a subset or a group, or the one of a name. Raises InputError."""
        found = [each for each in self.entries.values() if name in (*each.subsets, each.group)]
        return found or [self.named(name)]

    def solution(self, name: str) -> Path:
        """Where the best weights of an instance are."""
        return self.folder / "solutions" / f"{name}.json"

    def certificate(self, name: str) -> Path:
        """Where the certificate of an instance is, if one is stored."""
        return self.folder / "certificates" / f"{name}.tar.xz"

    def put(self, entry: LibraryEntry) -> None:
        """Write the index with an entry in place of the one of its name, or after all others; what others have written
        since it was read stays."""
        number = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            self.__dict__.pop("entries", None)
            self.entries[entry.name] = entry
            write_text(str(self.index), "".join(each.line() for each in self.entries.values()))
        finally:
            os.close(number)


def found_folder() -> Path:
    """The library of DNNT_LIBRARY, of this repository, or of the installed package. Raises InputError."""
    if "DNNT_LIBRARY" in os.environ:
        return Path(os.environ["DNNT_LIBRARY"])
    above = Path(__file__).parents[2]
    for folder in (above / "library", above / "share/dnnt-encode/library"):
        if (folder / INDEX).is_file():
            return folder
    try:
        for path in files("dnnt-encode") or []:
            if path.parts[-2:] == ("library", INDEX):
                return Path(str(path.locate())).parent.resolve()
    except PackageNotFoundError:
        pass
    raise InputError("the library did not come with this package: name its folder with --library or DNNT_LIBRARY")
