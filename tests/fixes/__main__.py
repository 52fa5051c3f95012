"""Applies each offered edit of real modules alone: does it build, is vet content, do the module's
own tests pass where they passed, is the allocation gone?

    python -m tests.fixes [--each] [--corners] [--keep DIRECTORY] [MODULE…]

MODULE is a directory with a go.mod or MODULE@VERSION, which the go command downloads; without any
it is those of `PINNED`. It is copied. All safe edits are applied at once by ``golsp-mem fix``, and
with ``--each`` one at a time; ``--corners`` adds those that a person has to choose. Tests that fail
before are left out. The second check of *gone* knows nothing of our readers: ``go build
-gcflags=-S`` lists the calls of allocating functions by line. Of edits that move a call out of a
loop it says no more than that no call was added.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fixes.modules import PINNED, Module, go, source_of, tests_of, vet_of
from tests.fixes.offers import Offer, offers_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fixes")
    parser.add_argument("modules", nargs="*", default=PINNED)
    parser.add_argument("--corners", action="store_true", help="those to choose by hand, too")
    parser.add_argument("--each", action="store_true", help="every edit alone, too")
    parser.add_argument("--keep", type=Path, help="write each module's diff here")
    arguments = parser.parse_args()
    table: dict[str, Counter[str]] = {}
    failed = 0
    for name in arguments.modules:
        source = source_of(name)
        with tempfile.TemporaryDirectory(prefix="golsp-mem-fixes-") as scratch:
            directory = Path(scratch) / source.name
            shutil.copytree(source, directory, symlinks=True)
            for path in (directory, *directory.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o200)
            failed += _module(
                Module(directory), table, arguments.keep,
                each=arguments.each, corners=arguments.corners,
            )  # fmt: skip
    print(f"\n{'row':20} {'offered':>8} {'applied':>8} {'gone':>6} {'vet':>5} {'broken':>7}")
    for row, counts in sorted(table.items()):
        print(
            f"{row:20} {counts['offered']:8} {counts['applied']:8} {counts['gone']:6} "
            f"{counts['vet']:5} {counts['broken']:7}"
        )
    return 1 if failed else 0


def _module(
    module: Module,
    table: dict[str, Counter[str]],
    keep: Path | None,
    *,
    each: bool,
    corners: bool,
) -> int:
    offers, diff = offers_of(module, corners=corners)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{module.directory.name}.diff").write_bytes(diff)
    for one in offers:
        table.setdefault(one.row, Counter())["offered"] += 1
    if not offers:
        print(f"{module.directory.name}: nothing offered")
        return 0
    packages = sorted({one.package for one in offers})
    before, vetted = tests_of(module, packages), vet_of(module, packages)
    bad = 0
    groups = [[one] for one in offers] if each else []
    for group in [*groups, offers]:
        bad += _group(module, group, table, before, vetted)
    return bad


def _group(
    module: Module,
    group: list[Offer],
    table: dict[str, Counter[str]],
    before: dict[str, str],
    vetted: set[str],
) -> int:
    packages = sorted({one.package for one in group})
    texts = {path: path.read_bytes() for one in group for path in one.texts}
    calls = {one: _calls(module, one) for one in group}
    try:
        for path, text in _combined(group).items():
            path.write_bytes(text)
        done = go(module, "build", *packages)
        if done.returncode:
            print(f"BROKEN {group[0].title}: {done.stderr[-500:]}")
            return 1
        new = vet_of(module, packages) - vetted
        after = tests_of(module, packages)
        broken = {p for p, was in before.items() if p in after and was == "ok" != after[p]}
        for one in group:
            counts = table[one.row]
            counts["applied"] += 1
            counts["gone"] += _is_gone(one, calls[one], _calls(module, one))
            counts["vet"] += bool(new)
            counts["broken"] += one.package in broken
        print(f"{module.directory.name}: {len(group)} edits, tests of {len(after)} packages: "
              f"{'BROKEN ' + ', '.join(sorted(broken)) if broken else 'as before'}"
              f"{', vet: ' + '; '.join(sorted(new)[:3]) if new else ''}", flush=True)  # fmt: skip
        return len(broken) + bool(new)
    finally:
        for path, text in texts.items():
            path.write_bytes(text)


def _combined(group: list[Offer]) -> dict[Path, bytes]:
    return group[0].texts if len(group) == 1 else group[0].together


_CALL = re.compile(
    r"\((?P<file>[^()]*?):(?P<line>\d+)\)\s+CALL\s+(?P<name>runtime\.(?:newobject|mallocgc\w*|"
    r"makeslice\w*|growslice\w*|convT\w*|concatstring\w*|slicebytetostring|stringtoslicebyte|"
    r"deferproc\w*)|strings\.genSplit|strings\.Fields|time\.NewTimer|fmt\.Errorf|"
    r"regexp\.MustCompile\w*)\("
)


def _calls(module: Module, offer: Offer) -> Counter[str]:
    """The allocating calls that the assembly of the offer's package lists in its files' code."""
    done = go(module, "build", "-gcflags=-S", "-o", "/dev/null", offer.package)
    names = {path.name for path in offer.texts}
    return Counter(
        match["name"].removeprefix("runtime.")
        for match in _CALL.finditer(done.stderr)
        if offer.row in _INLINED or Path(match["file"]).name in names
    )


# Their calls stand in code of the standard library that is inlined.
_INLINED = ("buffers",)
# By which calls each row's edit is to be seen.
_FAMILIES = {
    "formatting": ("convT",),
    "sorting": ("convT",),
    "conversions": ("slicebytetostring", "stringtoslicebyte"),
    "building": ("concatstring",),
    "buffers": ("slicebytetostring",),
    "splitting": ("strings.",),
    "errors": ("fmt.",),
    "defers": ("deferproc",),
    "returned": ("newobject", "mallocgc"),
    "captures": ("newobject", "mallocgc"),
}


# Before the loop, or to the start of the program.
_MOVED = ("closures", "timers", "once", "package value", "interface variable")


def _is_gone(offer: Offer, before: Counter[str], after: Counter[str]) -> bool:
    families = _FAMILIES.get(offer.row)
    if offer.row in _MOVED:
        return after.total() <= before.total()
    if families is None:
        # A preallocated append keeps its call, and gets one that makes the slice.
        return after["makeslice"] > before["makeslice"] or before.total() > after.total()
    return _count(after, families) < _count(before, families)


def _count(calls: Counter[str], families: tuple[str, ...]) -> int:
    return sum(count for name, count in calls.items() if name.startswith(families))


if __name__ == "__main__":
    sys.exit(main())
