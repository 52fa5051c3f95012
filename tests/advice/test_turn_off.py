"""A code turned off in golsp-mem.toml and back on: what else is written there stays."""

from __future__ import annotations

import tomllib

import pytest

from golsp_mem.advice.actions.turn_off import turned_off, turned_on
from golsp_mem.errors import ConfigError
from golsp_mem.model import Code

NEW = Code.HEAP_NEW
LINE = '"heap-new" = "off"\n'
# What stands in the file, and what it is with the code turned off.
TEXTS = {
    "nothing": ("", f"[severity]\n{LINE}"),
    "other settings": ("tests = true\n", f"tests = true\n\n[severity]\n{LINE}"),
    "no newline at the end": ("tests = true", f"tests = true\n\n[severity]\n{LINE}"),
    "a table": (
        '# mine\n[severity] # loud\n"heap-*" = "hint"\n\n[budget."m"]\nmax-bytes = 1\n',
        f'# mine\n[severity] # loud\n{LINE}"heap-*" = "hint"\n\n[budget."m"]\nmax-bytes = 1\n',
    ),
    "carriage returns": (
        'tests = true\r\n[severity]\r\nheap-defer = "off"\r\n',
        'tests = true\r\n[severity]\r\n"heap-new" = "off"\r\nheap-defer = "off"\r\n',
    ),
    "another level": (
        '[severity]\nheap-new = "warning"\n',
        '[severity]\n"heap-new" = "off"  # was "warning"\n',
    ),
    "another table": (
        '[budget."m"]\nmax-bytes = 1\n',
        f'[budget."m"]\nmax-bytes = 1\n\n[severity]\n{LINE}',
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_off_and_on_again(kind: str) -> None:
    before, after = TEXTS[kind]
    assert turned_off(before, NEW) == after
    assert turned_off(after, NEW) == after
    back = turned_on(after, NEW)
    assert tomllib.loads(back) == tomllib.loads(before)
    # The way back leaves a newline at the end of the file, and one way to write a level.
    assert back.rstrip() == before.replace("heap-new =", '"heap-new" =').rstrip()


def test_a_table_without_anything_goes_with_the_line() -> None:
    assert turned_off("[severity]", NEW) == f"[severity]\n{LINE}"
    assert turned_on(f"[severity]\n{LINE}", NEW) == ""


@pytest.mark.parametrize(
    "text",
    [
        'severity = { "heap-*" = "hint" }\n',
        'severity."heap-*" = "hint"\n',
        'severity = "loud"\n',
        'x = """\n[severity]\n"""\n[severity . more]\n',
        "[[severity]]\n",
    ],
)
def test_what_only_a_person_can_write_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="only you can set heap-new"):
        turned_off(text, NEW)


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(ConfigError, match="my file: "):
        turned_off("[severity", NEW, "my file")


def test_what_is_not_off_stays() -> None:
    for text in ("", '[severity]\n"heap-*" = "off"\n', '[severity]\nheap-new = "hint"\n'):
        assert turned_on(text, NEW) == text
