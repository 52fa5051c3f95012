"""``explain`` at real places: a real engine on a real module."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from golsp_mem.advice.explanations.explain import (
    Explanation,
    Numbers,
    explain_place,
    explain_topic,
    file_link,
)
from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.model import PackageAnalysis, Position
from tests.advice.test_causes import DATA
from tests.toolchains import go_binary


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("explain") / "sample"
    shutil.copytree(DATA / "escape-sample", target)
    (target / "more_test.go").write_text(
        'package sample\n\nimport "testing"\n\nfunc TestMore(t *testing.T) {\n'
        "\tt.Log(*returned())\n}\n"
    )
    (target / "more.go").write_text(
        "package sample\n\nfunc three() ([]*int, *point) {\n"
        "\tx := 1\n"
        "\treturn []*int{&x}, &point{}\n"
        "}\n\n"
        "var double = func(n int) int { return 2 * n }\n"
    )
    return target


@pytest.fixture
def engine(module: Path) -> Engine:
    return Engine(Settings(go_path=str(go_binary("1.27"))), module)


def line_of(module: Path, text: str, file: str = "sample.go") -> int:
    lines = (module / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


async def test_a_finding_is_explained_by_its_page_with_its_own_flow(
    engine: Engine, module: Path
) -> None:
    file = module / "sample.go"
    explanation = await explain_place(engine, file, line_of(module, "v := i"))
    assert explanation.topic == "heap-variable"
    markdown = explanation.markdown
    assert markdown.startswith("# heap-variable: a variable moved to the heap\n\n## `sample.go:")
    assert "in `sample.loopVar`" in markdown
    assert "**heap** `int` · 8 B" in markdown
    assert "**Why on the heap: made in a loop, kept outside of it.**" in markdown
    assert "`last` is declared before the loop and points to `v`" in markdown
    assert f"({file.as_uri()}#L" in markdown
    assert "\n---\n" in markdown
    assert explanation.numbers.allocations == 1
    assert explanation.numbers.frame_bytes is not None
    assert "## `sample.go:" in explanation.own_part
    assert "Loop variables" not in explanation.own_part


async def test_a_function_is_explained_by_stack_growth_with_its_numbers(
    engine: Engine, module: Path
) -> None:
    function = await explain_place(engine, module / "sample.go", line_of(module, "func loop("))
    assert function.topic == "stack-growth"
    assert "**`sample.loop`** · frame" in function.markdown
    literal = await explain_place(engine, module / "more.go", line_of(module, "double", "more.go"))
    assert "**`sample.init.func1`** · frame" in literal.markdown
    assert function.numbers.as_json() == {
        "frame_bytes": function.numbers.frame_bytes,
        "allocations": 1,
        # In a loop: nothing bounds it.
        "allocations_per_call": {"least": 0, "most": None},
        "bytes_per_call_range": {"least": 0, "most": None},
    }


async def test_the_stack_of_a_function_is_told_where_it_is_known(
    engine: Engine, module: Path
) -> None:
    asked = []

    async def stack(package: PackageAnalysis, function: str) -> Explanation | None:
        asked.append((package.import_path, function))
        return Explanation(
            "stack-growth",
            "# Stack growth\n\n## `f`\n\nits deepest path\n\n---\n\nthe page\n",
            Numbers(frame_bytes=1, deepest_path_bytes=300, growth_steps=(2048, 4096)),
        )

    line = line_of(module, "func loop(")
    explanation = await explain_place(engine, module / "sample.go", line, stack=stack)
    assert asked == [("sample", "sample.loop")]
    assert "its deepest path" in explanation.markdown
    assert "the page" not in explanation.markdown
    numbers = explanation.numbers.as_json()
    assert (numbers["deepest_path_bytes"], numbers["growth_steps"]) == (300, [2048, 4096])
    assert numbers["frame_bytes"] != 1


async def test_a_column_chooses_among_the_findings_of_a_line(engine: Engine, module: Path) -> None:
    file = module / "more.go"
    whole = await explain_place(engine, file, 5)
    assert whole.numbers.allocations == 2
    pointer = await explain_place(engine, file, 5, len("\treturn []*int{&x}, &"))
    assert pointer.topic == "heap-literal"
    assert "`sample.point`" in pointer.own_part
    assert pointer.numbers.allocations == 1
    assert pointer.numbers.bytes_per_call == 16


async def test_test_files_are_looked_at_too(engine: Engine, module: Path) -> None:
    line = line_of(module, "t.Log", "more_test.go")
    explanation = await explain_place(engine, module / "more_test.go", line)
    assert explanation.topic == "heap-boxing"


@pytest.mark.parametrize("text", ["package sample", "import (", "type point struct"])
async def test_a_line_outside_of_functions_has_nothing_to_explain(
    engine: Engine, module: Path, text: str
) -> None:
    with pytest.raises(UsageError, match="in no function"):
        await explain_place(engine, module / "sample.go", line_of(module, text))


async def test_generic_code_is_looked_for_in_tests_that_use_it(
    engine: Engine, module: Path
) -> None:
    generic = module / "generic.go"
    generic.write_text("package sample\n\nfunc kept[T any](v T) *T {\n\treturn &v\n}\n")
    with pytest.raises(UsageError, match="generic, and nothing in its package or its tests"):
        await explain_place(engine, generic, 4)
    with (module / "more_test.go").open("a") as tests:
        tests.write("\nvar Kept = kept(1)\n")
    assert (await explain_place(engine, generic, 3)).topic == "heap-variable"


async def test_a_file_that_the_build_leaves_out_is_named(engine: Engine, module: Path) -> None:
    ignored = module / "ignored.go"
    ignored.write_text("//go:build never\n\npackage sample\n\nfunc ignored() {}\n")
    with pytest.raises(UsageError, match="build tag"):
        await explain_place(engine, ignored, 5)


async def test_code_that_does_not_build_says_so(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module broken\n\ngo 1.22\n")
    (tmp_path / "broken.go").write_text("package broken\n\nfunc f() int { return x }\n")
    engine = Engine(Settings(go_path=str(go_binary("1.27"))), tmp_path)
    with pytest.raises(BuildFailed, match="does not build"):
        await explain_place(engine, tmp_path / "broken.go", 3)


def test_a_topic_may_be_asked_for_in_any_case() -> None:
    assert explain_topic(" Heap-Boxing ").topic == "heap-boxing"


def test_numbers_leave_out_what_is_not_known() -> None:
    assert Numbers().as_json() == {}
    assert Numbers(growth_steps=(2048,), max_depth=0).as_json() == {
        "growth_steps": [2048],
        "max_depth": 0,
    }


def test_places_without_a_file_have_no_address() -> None:
    assert file_link(Position("<autogenerated>", 1)) == ""
    assert file_link(Position("/a b/c.go", 7)) == "file:///a%20b/c.go#L7"
