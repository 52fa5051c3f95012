"""How the go command compiles one package, as ``go list`` tells it.

The flags are those of cmd/go/internal/work/gc.go (Go 1.22 to 1.27).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

# Of these packages the runtime supplies functions that have no body (gc.go, "extFiles").
_COMPLETED_BY_THE_RUNTIME = frozenset(
    {
        "bytes", "internal/poll", "net", "os", "runtime/metrics", "runtime/pprof",
        "runtime/trace", "sync", "syscall", "time",
    }
)  # fmt: skip

_FOREIGN = ("CFiles", "CXXFiles", "MFiles", "FFiles", "SysoFiles", "SwigFiles", "SwigCXXFiles")

FIELDS = (
    "ImportMap", "Module", "EmbedPatterns", "EmbedFiles", "TestEmbedPatterns", "TestEmbedFiles",
    "XTestEmbedPatterns", "XTestEmbedFiles", "SFiles", *_FOREIGN,
)  # fmt: skip
"""The fields of ``go list -json`` that a recipe needs besides those of `ListedPackage`."""


@frozen
class Embed:
    """``//go:embed``: patterns as written, and the files that they stand for, below the package's
    directory with ``/``."""

    patterns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def __add__(self, other: Embed) -> Embed:
        return Embed(self.patterns + other.patterns, self.files + other.files)

    def configuration(self, directory: str) -> Mapping[str, Mapping[str, object]]:
        """What ``compile -embedcfg`` reads (cmd/go/internal/load/pkg.go, resolveEmbed)."""
        return {
            "Patterns": {
                pattern: [name for name in self.files if _matches(pattern, name)]
                for pattern in self.patterns
            },
            "Files": {name: f"{directory}/{name}" for name in self.files},
        }


@frozen
class Recipe:
    """``files`` are the Go files of this very compile (names; `ListedPackage.files` has those of
    other variants, too). ``import_map`` holds the imports that mean another path (vendor
    directories of the standard library, packages that a test recompiles). ``assembly`` are names
    in the package's directory. ``is_complete``: no function's body comes from elsewhere. What
    tests embed is told with the package itself, not with its test variants. ``uses_cgo``: files
    are compiled from rewritten copies, which the recipe does not name.
    """

    compile_path: str
    files: tuple[str, ...]
    language: str | None
    import_map: Mapping[str, str]
    embed: Embed
    test_embed: Embed
    external_test_embed: Embed
    assembly: tuple[str, ...]
    is_complete: bool
    uses_cgo: bool
    uses_swig: bool


def recipe_of(raw: Mapping[str, object]) -> Recipe:
    """The recipe in one object of ``go list -json``."""
    path = str(raw.get("ImportPath") or "").partition(" ")[0]
    # A main package that is tested is compiled as the package that it is for its tests.
    is_program = raw.get("Name") == "main" and not raw.get("ForTest")
    module = raw.get("Module")
    version = module.get("GoVersion") if isinstance(module, Mapping) else None
    has_foreign = any(raw.get(field) for field in (*_FOREIGN, "CgoFiles", "SFiles"))
    standard = bool(raw.get("Standard"))
    return Recipe(
        compile_path="main" if is_program else path,
        files=_texts(raw.get("GoFiles")) + _texts(raw.get("CgoFiles")),
        language=_language(str(version)) if version else None,
        import_map=_mapping(raw.get("ImportMap")),
        embed=_embed(raw, ""),
        test_embed=_embed(raw, "Test"),
        external_test_embed=_embed(raw, "XTest"),
        assembly=_texts(raw.get("SFiles")),
        is_complete=not has_foreign and not (standard and path in _COMPLETED_BY_THE_RUNTIME),
        uses_cgo=bool(raw.get("CgoFiles")),
        uses_swig=bool(raw.get("SwigFiles") or raw.get("SwigCXXFiles")),
    )


def _embed(raw: Mapping[str, object], whose: str) -> Embed:
    return Embed(_texts(raw.get(f"{whose}EmbedPatterns")), _texts(raw.get(f"{whose}EmbedFiles")))


def _language(version: str) -> str:
    """``1.21rc1`` and ``1.21.3`` are the language 1.21 (cmd/go/internal/gover, Lang)."""
    found = re.match(r"\d+\.\d+", version)
    return f"go{found[0] if found else version}"


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _mapping(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}


def _matches(pattern: str, name: str) -> bool:
    """Whether an embed pattern stands for a file: by its own name, or by a directory above it,
    then without hidden ones unless the pattern begins with ``all:``."""
    everything = pattern.startswith("all:")
    wanted = pattern.removeprefix("all:").split("/")
    parts = name.split("/")
    if len(wanted) > len(parts) or not all(map(_matches_part, wanted, parts)):
        return False
    below = parts[len(wanted) :]
    return everything or not any(part[0] in "._" for part in below)


def _matches_part(pattern: str, part: str) -> bool:
    try:
        return re.fullmatch(_expression(pattern), part, re.DOTALL) is not None
    except re.error:
        return False


def _expression(pattern: str) -> str:
    """Go's path.Match as a regular expression: ``*``, ``?``, ``[a-z]``, ``[^a-z]``, ``\\x``."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            pieces.append("[^/]*")
        elif char == "?":
            pieces.append("[^/]")
        elif char == "\\" and position < len(pattern):
            pieces.append(re.escape(pattern[position]))
            position += 1
        elif char == "[":
            end = pattern.find("]", position + 1)
            if end < 0:
                return r"(?!)"
            pieces.append("[" + pattern[position:end].replace("[", r"\[") + "]")
            position = end + 1
        else:
            pieces.append(re.escape(char))
    return "".join(pieces)
