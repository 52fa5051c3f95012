"""Compiles the two texts that a claim compares, each once. See the room's head."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from pathlib import Path

from golsp_mem.analysis.proof.claims import Claim, Facts, Outcome, Verdict
from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.files import read_regular
from golsp_mem.source.parts.header import header_of

_KEPT = 64

SavedVariant = Callable[[], Variant | None]

_Key = tuple[str, bool, bool, tuple[tuple[str, str], ...], Hashable]


class Judge:
    """Judges edits of one package. ``saved`` knows what a save compiled of the package as it lies
    there now: the unedited side of a comparison."""

    def __init__(self, reader: DirectReader, saved: SavedVariant | None = None) -> None:
        self._reader = reader
        self._saved = saved
        self._known: OrderedDict[_Key, Facts | str] = OrderedDict()
        self._one_compile = asyncio.Lock()

    async def judge(
        self,
        edits: Mapping[Path, bytes],
        claim: Claim,
        *,
        base: Mapping[Path, bytes] | None = None,
    ) -> Verdict:
        """Whether the edited texts do what is claimed. ``base``: unsaved texts that hold for both
        sides of the comparison.

        Texts that do not build, before or after, and files that may not be replaced (those of
        the module cache) are NOT_COMPILED. Raises AnalysisTimeout, GoNotFound and the like.
        """
        files = sorted(map(str, edits))
        live, calls = claim.needs_liveness, claim.needs_calls
        before = await self._facts(files, base or {}, live=live, calls=calls)
        if isinstance(before, str):
            return Verdict(Outcome.NOT_COMPILED, f"the package does not build: {before}")
        after = await self._facts(files, {**(base or {}), **edits}, live=live, calls=calls)
        if isinstance(after, str):
            return Verdict(Outcome.NOT_COMPILED, f"the edited text does not build: {after}")
        return claim.judged(before, after)

    async def _facts(
        self, files: Collection[str], texts: Mapping[Path, bytes], *, live: bool, calls: bool
    ) -> Facts | str:
        """The facts of the variants that hold the files; the compiler's complaint otherwise."""
        async with self._one_compile:
            key = self._key(files, texts, live=live, calls=calls)
            known = self._known.get(key) if key else None
            if known is not None:
                return known
            if self._saved is not None and not (texts or live or calls or _has_tests(files)):
                saved = self._saved()
                if saved is not None:
                    return facts_of([saved], texts, files)
            try:
                variants = await self._reader.variants_with(files, texts, live=live, calls=calls)
                found: Facts | str = facts_of(variants, texts, files)
            except BuildFailed as error:
                found = str(error)
            except GoFailed as error:
                # It may go another time: a compiler that was killed, say.
                return str(error)
            # Only now: a plan that did not hold was made anew.
            key = self._key(files, texts, live=live, calls=calls)
            if key is not None:
                self._known[key] = found
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            return found

    def _key(
        self, files: Collection[str], texts: Mapping[Path, bytes], *, live: bool, calls: bool
    ) -> _Key | None:
        """By text: that of the edits, and the state of all that the compile takes from the disk.
        None where nobody watches that."""
        tests = _has_tests(files)
        planner = self._reader.planner
        held = planner.holding(tests=tests)
        state = planner.state(held, tests=tests) if held is not None else None
        if state is None:
            return None
        digests = tuple(
            (str(path), hashlib.blake2b(text, digest_size=16).hexdigest())
            for path, text in sorted(texts.items())
        )
        return "\0".join(files), live, calls, digests, state


def _has_tests(files: Iterable[str]) -> bool:
    return any(file.endswith("_test.go") for file in files)


def facts_of(
    variants: Collection[Variant], texts: Mapping[Path, bytes], files: Iterable[str]
) -> Facts:
    """What the variants say together of texts that stand for some of the files."""
    if not variants:
        raise BuildFailed(f"{', '.join(files)}: in no package that is built here")
    return Facts(
        findings=tuple(one for each in variants for one in each.package.findings),
        frames={one.name: one.frame_bytes for each in variants for one in each.package.functions},
        live=tuple(each.live for each in variants if each.live is not None),
        of_lines=frozenset(file for file in files if _uses_cgo(Path(file), texts)),
        calls=tuple(one for each in variants for one in each.package.calls),
    )


def _uses_cgo(file: Path, texts: Mapping[Path, bytes]) -> bool:
    try:
        header = header_of(texts[file] if file in texts else read_regular(file))
    except OSError:
        return False
    return header is not None and header.uses_cgo
