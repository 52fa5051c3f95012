"""A check after ``go build``: what it compiled is read as it is, only the text is made.

``go list -export -gcflags=-m`` would compile once more all that has been built without -m. Where
the build cache has the named packages, they are taken from there, and front ends write the text
(`toolchain.plans.front_ends`), which is kept under the build ID of its package. Once a directory's
packages have been found so they are asked for so again; where they were not, with ``-m``: the two
would take turns in compiling the same code. Whatever is not as simple as that is left to the go
command: packages that do not build, profiles, flags that change code.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from attrs import define, evolve, field

from golsp_mem.analysis.cache.digests import program
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.config import Settings
from golsp_mem.errors import GoFailed
from golsp_mem.toolchain import pgo
from golsp_mem.toolchain.compiling import OnCompiled
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage, Listing, NotBuiltYetError, listing
from golsp_mem.toolchain.module import module_path, module_root

logger = logging.getLogger(__name__)


@define(eq=False)
class AfterBuild:
    """For one directory and one set of settings. ``kept`` is where texts are kept; None: nowhere,
    and nothing is remembered."""

    toolchain: Toolchain
    settings: Settings
    directory: Path
    kept: Path | None
    _root: Path = field(init=False)
    # The path of the module around the directory; None where no go.mod tells.
    _module: str | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._root = module_root(self.directory)
        self._module = module_path(self._root)

    async def listing(
        self,
        patterns: Sequence[str],
        *,
        tests: bool,
        on_line: Callable[[str], None],
        on_compiled: OnCompiled | None,
    ) -> Listing | None:
        """What `listing` with -m would say, with archives that were compiled without; None where
        it has to be asked. ``on_line`` gets each line. Raises as `listing`."""
        if self.kept is None or pgo.may_apply(self.settings, patterns, self.directory):
            return None
        remembered = Entries(self.kept / "built")
        # Whatever makes of it what: that is for texts.
        key = self._key("", *self._place(), *patterns, tests)
        before = (remembered.load(key) or {}).get("taken")
        if before is False:
            return None
        found = await self._found(patterns, tests, on_line, on_compiled, known=before is True)
        if (found is not None) is not before:
            remembered.save(key, {"taken": found is not None})
        return found

    async def _found(
        self,
        patterns: Sequence[str],
        tests: bool,
        on_line: Callable[[str], None],
        on_compiled: OnCompiled | None,
        *,
        known: bool,
    ) -> Listing | None:
        # Who has not built loads nothing of what compiles.
        from golsp_mem.toolchain.plans.front_ends import says_something  # noqa: PLC0415
        from golsp_mem.toolchain.plans.plan import is_plannable  # noqa: PLC0415

        started = time.monotonic()
        module = self._module

        def is_missing(path: str) -> bool:
            return module is None or f"{path}/".startswith(f"{module}/")

        def ask(tests: bool, unless: Callable[[str], bool] | None) -> Awaitable[Listing]:
            return listing(
                self.toolchain, patterns, directory=self.directory, settings=self.settings,
                gcflags="", tests=tests, on_compiled=on_compiled, unless=unless,
            )  # fmt: skip

        try:
            built = await ask(tests and known, None if known else is_missing)
        except NotBuiltYetError:
            return None
        if tests and not known:
            # What tests need is compiled by nobody's go build, and go names it no other way.
            built = await ask(tests, None)
        listed = built.packages
        named = [one for one in listed if not one.dep_only]
        if any(one.error for one in named) or not is_plannable(
            self.toolchain, listed, self.settings.pgo
        ):
            return None
        try:
            wanted = [one for one in named if says_something(one, tests=tests)]
            texts = await self._texts(listed, wanted)
        except GoFailed as error:
            logger.info("%s: the go command is asked: %s", self.directory, error)
            return None
        lines = list(built.lines)
        for path in sorted(texts):
            if any(texts[path]):
                lines += [f"# {path}", *texts[path]]
        for line in lines:
            on_line(line)
        return evolve(built, lines=tuple(lines), seconds=time.monotonic() - started)

    async def _texts(
        self, listed: Sequence[ListedPackage], wanted: Sequence[ListedPackage]
    ) -> Mapping[str, Sequence[str]]:
        from golsp_mem.toolchain.plans.front_ends import texts_of  # noqa: PLC0415

        assert self.kept is not None
        entries, go, made_by = Entries(self.kept / "texts"), self.toolchain.version, program()
        keys = {
            one.import_path: self._key(
                made_by, self.directory, go.goroot, one.import_path, one.build_id
            )
            for one in wanted
            if one.build_id
        }
        found: dict[str, Sequence[str]] = {}
        for path, key in keys.items():
            text = entries.load_bytes(key)
            if text is not None:
                found[path] = text.decode("utf-8").split("\n")
        missing = [one for one in wanted if one.import_path not in found]
        made = await texts_of(self.toolchain, self.settings, self.directory, listed, missing)
        for path, lines in made.items():
            if path in keys:
                entries.save_bytes(keys[path], "\n".join(lines).encode("utf-8"))
        return {**found, **made}

    def _place(self) -> tuple[object, ...]:
        """Tells this directory from others, in each checkout of the module the same."""
        if self._module is None:
            return (self.directory,)
        return self._module, self.directory.relative_to(self._root)

    def _key(self, made_by: str, *parts: object) -> str:
        """A name for what this release, a program and these settings make of something."""
        settings, go = self.settings, self.toolchain.version
        digest = hashlib.sha256()
        known = (made_by, go.version, go.goos, go.goarch, settings.tags, settings.pgo)
        for one in (*known, *parts):
            digest.update(repr(one).encode("utf-8", "surrogateescape") + b"\0")
        return digest.hexdigest()
