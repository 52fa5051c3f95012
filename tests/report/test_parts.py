"""Parts of a split run: all there, and of one run; and what a file says that it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.config import Exclusion, Settings
from golsp_mem.errors import ConfigError
from golsp_mem.model import Severity
from golsp_mem.report.json.parts import code_digest, part_from, refuse_incomplete, settings_digest
from golsp_mem.report.model import Part
from golsp_mem.toolchain.go_list import Weight

ONE = Part(1, 3, "c", "s", "a" * 40, None, "0.3")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def named(*parts: Part | None) -> list[tuple[str, Part | None]]:
    return [(f"{number}.json", part) for number, part in enumerate(parts, 1)]


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ([1], "shards 2, 3 of 3 are missing"),
        ([1, 3], "shard 2 of 3 is missing"),
        ([3, 3, 2], "shard 1 of 3 is missing"),
    ],
)
def test_a_part_that_is_missing(numbers: list[int], says: str) -> None:
    parts = named(*(evolve(ONE, number=number) for number in numbers))
    with pytest.raises(ConfigError, match=says):
        refuse_incomplete(parts)
    [told] = refuse_incomplete(parts, allow_missing=True)
    assert told.startswith(says)


def test_all_parts_in_any_order_and_files_that_are_none() -> None:
    parts = [evolve(ONE, number=number) for number in (2, 3, 1, 1)]
    assert refuse_incomplete(named(*parts, None)) == []
    assert refuse_incomplete(named(None, None)) == refuse_incomplete([]) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"commit": "b" * 40}, "commit aaaaaaaaaaaa and bbbbbbbbbbbb"),
        ({"commit": None}, "commit aaaaaaaaaaaa and none"),
        ({"base": "d" * 40}, "compared with commit none and dddddddddddd"),
        ({"tool": "0.4"}, "golsp-mem 0.3 and 0.4"),
        ({"settings": "t"}, "other flags"),
        ({"code": "d"}, "other packages"),
        ({"total": 2}, "3 and 2 shards"),
    ],
)
def test_parts_of_different_runs(change: dict[str, object], says: str) -> None:
    other = evolve(ONE, number=2, **change)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=f"1.json and 2.json are shards of different .*{says}"):
        refuse_incomplete(named(ONE, other), allow_missing=True)


def test_the_missing_of_many_are_not_all_listed() -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_incomplete(named(evolve(ONE, total=999_999)))
    assert len(str(caught.value)) < 200


def test_a_part_is_read_as_it_was_written() -> None:
    for part in (ONE, evolve(ONE, commit=None, base="b")):
        assert part_from(asdict(part), "x") == part
    assert part_from(None, "x") is None


@given(st.dictionaries(st.sampled_from([*asdict(ONE), "other"]), JSON) | JSON)
def test_what_is_no_part_is_said_to_be_none(raw: object) -> None:
    try:
        part = part_from(raw, "x.json")
    except ConfigError as error:
        assert str(error).startswith("x.json: part")
    else:
        assert part is None or 1 <= part.number <= part.total


def test_the_digest_of_code_knows_no_order_but_sizes() -> None:
    listed = [Weight("a", 1), Weight("b", 2)]
    assert code_digest(listed) == code_digest([*listed[::-1], listed[0]])
    assert code_digest(listed) != code_digest([Weight("a", 2), Weight("b", 2)])


def test_the_digest_of_settings_knows_what_changes_a_report() -> None:
    plain = Settings()

    def digest(settings: Settings, directory: str = "/w") -> str:
        return settings_digest(settings, directory)

    for same in (evolve(plain, timeout_seconds=1.0), evolve(plain, go_path="/go"),
                 evolve(plain, fail_on=None)):  # fmt: skip
        assert digest(same) == digest(plain)
    for other in (evolve(plain, tests=True), evolve(plain, generated=True),
                  evolve(plain, severity={next(iter(plain.severity)): Severity.ERROR}),
                  evolve(plain, exclude=(Exclusion("/w", "gen/"),))):  # fmt: skip
        assert digest(other) != digest(plain)
    here = evolve(plain, exclude=(Exclusion("/w/sub", "gen/"),))
    there = evolve(plain, exclude=(Exclusion(str(Path("/v/sub")), "gen/"),))
    assert digest(here, "/w") == digest(there, "/v")
