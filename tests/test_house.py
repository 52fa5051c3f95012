"""The house rules that tools can hold: style, types, the direction of the layers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A room that grows beyond this has become two.
LONGEST_MODULE = 500
LONGEST_FUNCTION = 65


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["-m", "ruff", "check", "."], id="ruff-check"),
        pytest.param(["-m", "ruff", "format", "--check", "."], id="ruff-format"),
        pytest.param(["-m", "mypy"], id="mypy"),
        # import-linter has no __main__.
        pytest.param(
            ["-c", "from importlinter.cli import lint_imports_command as main; main()"],
            id="import-linter",
        ),
    ],
)
def test_a_tool_has_no_complaint(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_stay_small() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "golsp_mem").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert too_long == {}


def test_functions_stay_short() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}: {node.name}": lines
        for path in (ROOT / "golsp_mem").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_a_package_is_changed_by_itself_only() -> None:
    """The state has one owner (golsp_mem/lsp/state/packages.py): others call its methods."""
    written = {
        f"{path.name}:{target.lineno} {ast.unparse(target)}"
        for path in (ROOT / "golsp_mem" / "lsp").rglob("*.py")
        for target in _assigned(ast.parse(path.read_text(encoding="utf-8")))
        if ast.unparse(target.value).split(".")[-1] in ("package", "view", "derived", "session")
    }
    assert written == set()


def _assigned(tree: ast.AST) -> list[ast.Attribute]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    ]
