"""Programs of shapes that nobody wrote: a kind of owner, how it is held, how its resource is
taken and carried and how it is used, put together by chance.

``owners.toml`` and ``steps.toml`` have the parts. Which of the shapes loses its owner only the
run says; a shape marked sound has one more step that is to hold it.
"""

from __future__ import annotations

import random
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

_HERE = Path(__file__).parent
_RUNNING = _HERE.parent / "programs" / "running.go"
_IMPORTS = {
    "bytes": "bytes.Equal", "encoding/binary": "binary.LittleEndian", "errors": "errors.New",
    "fmt": "fmt.Sprint", "io": "io.EOF", "os": "os.Args", "runtime": "runtime.GC",
    "runtime/debug": "debug.FreeOSMemory", "sync": "sync.NewCond", "sync/atomic": "atomic.AddInt32",
    "syscall": "syscall.EBADF", "time": "time.Now", "unsafe": "unsafe.Pointer(nil)",
}  # fmt: skip
_WORD = re.compile(r"\$([A-Za-z]\w*?)(?=_|\b|Of\b)")

Part = Mapping[str, object]


@frozen
class Parts:
    owners: Sequence[Part]
    holds: Sequence[Part]
    carries: Sequence[Part]
    uses: Sequence[Part]
    keeps: Sequence[Part]

    @classmethod
    def read(cls) -> Parts:
        owners = tomllib.loads((_HERE / "owners.toml").read_text("utf-8"))
        steps = tomllib.loads((_HERE / "steps.toml").read_text("utf-8"))
        return cls(owners["owner"], steps["hold"], steps["carry"], steps["use"], steps["keep"])


def write_program(target: Path, seed: int, failing: int, sound: int) -> None:
    """Write a program of ``failing`` shapes without and ``sound`` ones with a last step that
    holds the owner."""
    parts = Parts.read()
    chance = random.Random(seed)
    target.mkdir(parents=True)
    (target / "go.mod").write_text("module example.com/mixed\n\ngo 1.24\n")
    shutil.copy(_RUNNING, target / "running.go")
    shutil.copy(_HERE / "table.go", target / "table.go")
    owners = [_filled(_text(one, "text"), _names(one)) for one in parts.owners]
    (target / "owners.go").write_text(_header() + "\n".join(owners))
    shapes = [
        _shape(parts, chance, number, is_kept=number >= failing)
        for number in range(failing + sound)
    ]
    (target / "shapes.go").write_text(_header() + "\n".join(shapes))


def _header() -> str:
    used = "".join(f"\t_ = {name}\n" for name in _IMPORTS.values())
    imported = "".join(f'\t"{one}"\n' for one in _IMPORTS)
    return f"package main\n\nimport (\n{imported})\n\nvar (\n{used})\n\n"


def _shape(parts: Parts, chance: random.Random, number: int, *, is_kept: bool) -> str:
    owner = chance.choice(parts.owners)
    kind = _text(owner, "kind")
    hold = chance.choice([one for one in parts.holds if not (is_kept and one.get("once"))])
    carry = chance.choice(parts.carries)
    use = chance.choice([one for one in parts.uses if one["kind"] == kind])
    keep = chance.choice(parts.keeps) if is_kept else None
    takes = owner["takes"]
    assert isinstance(takes, list)
    take = str(chance.choice(takes)).replace("$T", _names(owner)["T"])
    frame = chance.choice(("plain", "plain", "parameter", "receiver", "literal"))
    if frame == "receiver" and "declared" in owner:
        frame = "parameter"
    if frame != "plain" and hold.get("once"):
        frame = "plain"
    names = _names(owner) | {"N": str(number)}
    held = _filled(_text(hold, "owner"), names)
    inside = held if frame == "plain" else "h"
    core = _core(carry, use, keep, take, inside, names)
    parts_used = [hold, carry, use, *([keep] if keep is not None else [])]
    top = [_filled(_text(one, "top"), names | {"h": _in_helper(take)})
           for one in parts_used if "top" in one]  # fmt: skip
    body = _filled(_text(hold, "text"), names)
    name = f"shape{number}"
    if frame == "plain":
        body = f"{body}\n{core}"
    elif frame == "literal":
        body = f"{body}\nerr = func(h {names['O']}) (err error) {{\n{core}\n}}({held})\nreturn err"
    else:
        called = f"core{number}({held})" if frame == "parameter" else f"{held}.core{number}()"
        where = f"core{number}(h {names['O']})"
        if frame == "receiver":
            where = f"(h {names['O']}) core{number}()"
        top.append(f"func {where} (err error) {{\n{core}\n}}")
        body = f"{body}\nreturn {called}"
    mark = "sound" if is_kept else "fail"
    said = "+".join(_text(one, "name") for one in (owner, *parts_used)) + f"+{frame}"
    return "\n".join([
        f"// shape {mark} {number}:{said}", f'var _ = add("{number}:{said}", {name})',
        *top, f"func {name}() (err error) {{\n{body}\n}}", "",
    ])  # fmt: skip


def _core(
    carry: Part, use: Part, keep: Part | None, take: str, owner: str, names: Mapping[str, str]
) -> str:
    taken = take.removesuffix("#2").replace("$o", owner)
    before = ""
    if take.endswith("#2"):
        taken, before = "taken", f"taken, err := {taken}\nif err != nil {{\n\treturn err\n}}\n"
        if "$r" not in _text(carry, "text"):
            taken = before = ""
    full = names | {"r": taken, "o": owner, "h": _in_helper(take), "z": f"*new({names['R']})"}
    value = _filled(_text(carry, "value"), full)
    lines = [before.rstrip()]
    if keep is not None:
        lines.append(_filled(_text(keep, "before"), full))
    lines += [_filled(_text(carry, "text"), full), "collect()"]
    lines.append(_filled(_text(use, "text"), full | {"n": value}))
    if keep is not None:
        lines.append(_filled(_text(keep, "text"), full))
    return "\n".join([*(one for one in lines if one), "return err"])


def _in_helper(take: str) -> str:
    taken = take.removesuffix("#2").replace("$o", "h")
    return (
        f"func() int {{ n, _ := {taken}; return n }}()" if take != taken and "#" in take else taken
    )


def _names(owner: Part) -> dict[str, str]:
    kind = "".join(word.capitalize() for word in _text(owner, "name").split("-"))
    declared = _filled(_text(owner, "declared"), {"T": kind}) or f"*{kind}"
    names = {"T": kind, "new": f"new{kind}", "O": declared, "P": declared.removeprefix("*")}
    return names | {"R": _filled(_text(owner, "raw"), names)}


def _text(part: Part, key: str) -> str:
    return str(part.get(key, ""))


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f"${name}", names[name])
    return text
