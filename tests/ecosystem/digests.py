"""What was found, small enough to keep: by package and code how many, and a hash of them. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

_HEX = 8
# Everything that a finding claims, but its fingerprint: of the rest it is made.
_CLAIMS = ("file", "line", "column", "end_line", "end_column", "function", "allocates", "condition",
           "type", "bytes", "size_class", "runtime_call", "subject", "callee", "message",
           "hidden")  # fmt: skip


@frozen
class Digest:
    """The findings of one code in one package."""

    count: int
    hash: str


Digests = Mapping[tuple[str, str], Digest]
"""By import path and code."""


def rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each finding as its package, its code and one line of all that it claims, in no order."""
    for one in report["findings"]:
        claims = "\t".join(str(one.get(name)) for name in _CLAIMS)
        yield one["package"], one["code"], claims


def digests_of(report: Mapping[str, Any]) -> Digests:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for package, code, claims in rows(report):
        found[package, code].append(claims)
    return {key: Digest(len(lines), _hash(lines)) for key, lines in found.items()}


def _hash(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:_HEX]


def written(kept: Mapping[str, Digests]) -> str:
    """The text of a file, modules as ``path@version``."""
    lines = []
    for module, digests in kept.items():
        lines.append(module)
        packages: dict[str, list[str]] = defaultdict(list)
        for (package, code), digest in sorted(digests.items()):
            packages[package].append(f"{code}={digest.count}:{digest.hash}")
        lines += [f"  {package} {' '.join(codes)}" for package, codes in packages.items()]
    return "\n".join(lines) + "\n"


def read(text: str) -> dict[str, Digests]:
    """The reverse of `written`. Raises ValueError for other text."""
    kept: dict[str, dict[tuple[str, str], Digest]] = {}
    module = ""
    for line in text.splitlines():
        if not line.startswith("  "):
            module = line
            kept[module] = {}
            continue
        package, *codes = line.split()
        for one in codes:
            code, _, rest = one.partition("=")
            count, _, digest = rest.partition(":")
            kept[module][package, code] = Digest(int(count), digest)
    return dict(kept)


@frozen
class Difference:
    """Of one code in one module: how many there were and are, and in how many packages the findings
    are not the same."""

    code: str
    before: int
    after: int
    packages: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.packages[:3]) + (" …" if len(self.packages) > 3 else "")
        if self.before == self.after:
            return f"{self.code}: {self.after}, some of which read otherwise in {named}"
        return (
            f"{self.code}: {self.before} -> {self.after} ({self.after - self.before:+}) in {named}"
        )


def differences(before: Digests, after: Digests) -> list[Difference]:
    """By code, in the order of their names."""
    was, is_ = _by_code(before), _by_code(after)
    changed: dict[str, list[str]] = defaultdict(list)
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            changed[key[1]].append(key[0])
    return [
        Difference(code, was[code], is_[code], tuple(packages))
        for code, packages in sorted(changed.items())
    ]


def _by_code(digests: Digests) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, code), digest in digests.items():
        found[code] += digest.count
    return found
