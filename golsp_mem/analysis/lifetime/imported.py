"""Imported packages that have owners, each read once for all that import it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from golsp_mem.analysis.lifetime.needed import sets_cleanups
from golsp_mem.source.syntax import GoFile

if TYPE_CHECKING:
    from golsp_mem.analysis.lifetime.reading.raw.foreign import ForeignPackage

Text = Callable[[str], bytes | None]


@frozen(eq=False)
class Read:
    """What a package has (None: no owners), and the files that say so: none where their text alone
    tells that it has nothing."""

    files: tuple[str, ...] = ()
    found: ForeignPackage | None = None


@define(eq=False)
class KnownOwners:
    """By import path. Their trees are read here and nowhere else: of most packages nothing is left
    when they were."""

    _read: dict[str, Read] = field(init=False, factory=dict)

    def of(self, path: str, files: Sequence[str], text: Text) -> Read:
        """What the package with these files has, as far as an importer sees of it."""
        if path not in self._read:
            self._read[path] = _read(path, files, text)
        return self._read[path]

    def forget_trees(self) -> None:
        """What has owners is read again by who asks: that takes memory."""
        self._read = {path: one for path, one in self._read.items() if one.found is None}


def _read(path: str, files: Sequence[str], text: Text) -> Read:
    texts = {file: said for file in files
             if not file.endswith("_test.go") and (said := text(file)) is not None}  # fmt: skip
    if not any(map(sets_cleanups, texts.values())):
        return Read()
    from golsp_mem.analysis.lifetime.reading.plain import called_plainly  # noqa: PLC0415
    from golsp_mem.analysis.lifetime.reading.raw.foreign import ForeignPackage  # noqa: PLC0415

    parsed = [GoFile.parse(file, said) for file, said in texts.items()]
    return Read(tuple(texts), ForeignPackage.of(path, called_plainly(parsed)))
