"""What the files of a package declare together."""

from __future__ import annotations

import pytest

from golsp_mem.source.package import PackageSyntax
from golsp_mem.source.syntax import GoFile

HEAD = "package p\n\nfunc one() {}\n\nfunc other() {}\n\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("var f = one", {"f": 1}),
        ("var (\n\tf = one\n\tg = func() {}\n)", {"f": 1, "g": 1}),
        ('var t = map[string]func(){"a": one, "b": other}', {"t": 2}),
        ("var f = one\n\nfunc set() { f = other }", {}),
        ("var f, g = one, one\n\nfunc set() { f, g = other, other }", {}),
        ("var f = one\n\nvar g = one\n\nfunc set() { f, g = other, other }", {}),
        ("var t = []func(){one}\n\nfunc set() { t[0] = other }", {}),
        ("var f = one\n\nfunc set() { use(&f) }", {}),
        ("var f = one\n\nfunc own() { f := other; f = one; f() }", {"f": 1}),
        ("var f = func() {\n\tvar g = one\n\tg()\n}", {"f": 1}),
        ("var f = unknown", {}),
    ],
)
def test_functions_in_variables(text: str, expected: dict[str, int]) -> None:
    package = PackageSyntax((GoFile.parse("a.go", f"{HEAD}{text}\n".encode()),))
    assert {name: len(held) for name, held in package.functions_in_variables.items()} == expected
