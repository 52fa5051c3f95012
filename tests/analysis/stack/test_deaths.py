"""Programs that recurse to their death, in every way that Go has, against what is predicted.

Another program than `programs/depth`, which holds the same recursion under many limits: here each
shape is another way in which a function can reach itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from golsp_mem.analysis.stack.limits import ProgramLimit
from golsp_mem.analysis.stack.numbers import stack_numbers
from golsp_mem.analysis.stack.reached.dispatch import Dispatch
from golsp_mem.source.syntax import GoFile
from tests.analysis.stack.program import HERE, Program, build
from tests.toolchains import WHOLE

LIMIT = 16 << 20

# What `deaths` is told to do, and the function whose entries it counts.
SHAPES = {
    "direct": "direct",
    "method": "(*tree).method",
    "even": "even",
    "selfInlined": "selfInlined",
    "three": "first",
    "threeInlined": "threeInlined",
    "interface": "(*unary).eval",
    "interfaceTwo": "(*square).area",
    "closure": "closure.func1",
    "closureField": "closureField.func1",
    "twoClosures": "twoClosures.func1",
    "callback": "callback",
    "byName": "byName",
    "valued": "(*tree).valued",
    "methodValue": "(*tree).methodValue",
    "fromMap": "fromMap",
    "fromArray": "fromArray",
    "deferred": "deferred",
    "deferredDirect": "deferredDirect",
    "deferredInLoop": "deferredInLoop",
    "generic": "generic[...]",
    "shapes": "shapes[...]",
    "valuedFirst": "(*tree).valuedFirst",
    "swapped": "swapped[...]",
    "shapesLarge": "shapes[...]",
    "list": "(*list[...]).length",
    "roundsCheap": "rounds",
    "roundsDear": "rounds",
    "parse": "parse",
    "parseArray": "parse",
    "embedded": "(*base).walk",
    "byValue": "byValue.visit",
    "manyResults": "manyResults",
    "variadic": "variadic",
    "funcType": "visitor.visit",
    "selectLoop": "selectLoop",
    "ranged": "ranged",
    "stringer": "(*stringer).again",
    "bigArgument": "bigArgument",
    "mapped": "mapped",
    "once": "once",
    "fromTable": "fromTable",
    "failed": "(*failed).Error",
    "formatted": "(*formatted).Format",
    "isAgain": "(*isAgain).Is",
    "iterated": "iterated",
    "wrapped": "(*wrapped).Read",
    "composed": "compose.func2",
}
BUILDS = [("1.27", "amd64"), ("1.27", "386"), *([("1.24", "amd64")] if WHOLE else [])]
# On 386 what is cheap is cheaper: the range is true, but wider than is useful.
WIDE = {("386", "interfaceTwo")}


@cache
def parsed(path: str) -> GoFile | None:
    file = Path(path)
    return GoFile.parse(path, file.read_bytes()) if file.is_file() else None


# Of 386 a third, but for who asks for all.
RUNS = [
    (*build, shape)
    for build in BUILDS
    for number, shape in enumerate(SHAPES)
    if WHOLE or build[1] == "amd64" or number % 3 == 0
]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Program]:
    @cache
    def built(release: str, goarch: str) -> Program:
        target = tmp_path_factory.mktemp("deaths")
        return build(release, HERE / "programs" / "deaths", target, goarch)

    return built


@pytest.mark.parametrize(("release", "goarch", "shape"), RUNS)
def test_it_dies_where_predicted(
    programs: Callable[[str, str], Program], release: str, goarch: str, shape: str, tmp_path: Path
) -> None:
    program = programs(release, goarch)
    counter = tmp_path / "entries"
    done = program.run(str(counter), shape, str(LIMIT), GOTRACEBACK="none")
    assert "stack overflow" in done.stderr
    observed = int.from_bytes(counter.read_bytes(), "little")
    numbers = stack_numbers(
        program.graph,
        program.platform,
        f"main.{SHAPES[shape]}",
        limit=ProgramLimit(LIMIT),
        dispatch=Dispatch(program.graph.functions, parsed),
    )
    assert numbers is not None
    assert numbers.min_depth is not None
    assert numbers.max_depth is not None
    assert numbers.min_depth * 0.97 <= observed <= numbers.max_depth * 1.03
    if (goarch, shape) not in WIDE:
        assert numbers.max_depth < 8 * numbers.min_depth
