"""Every field of an analysis comes back from the store as it went in."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable
from enum import Enum
from itertools import count
from typing import Any

import pytest
from attrs import asdict, fields, has, resolve_types

from golsp_mem.analysis.cache.codec import package_from, package_to
from golsp_mem.model import Finding, PackageAnalysis, PackageStatus

NUMBERS = count(1)


def filled(kind: Any, *, depth: int = 6) -> Any:
    """A value of a type whose parts are all there and all different, no default among them."""
    if isinstance(kind, types.UnionType):
        [one] = [option for option in typing.get_args(kind) if option is not types.NoneType]
        return filled(one, depth=depth) if depth > 0 else None
    if typing.get_origin(kind) is tuple:
        return tuple(filled(typing.get_args(kind)[0], depth=depth - 1) for _ in range(2))
    if has(kind):
        made = fields(resolve_types(kind))
        return kind(**{field.name: filled(field.type, depth=depth - 1) for field in made})
    if issubclass(kind, Enum):
        return list(kind)[-1]
    return True if kind is bool else kind(next(NUMBERS))


def through_json(package: PackageAnalysis) -> PackageAnalysis:
    return package_from(json.loads(json.dumps(package_to(package))))


def test_every_field_comes_back() -> None:
    package: PackageAnalysis = filled(PackageAnalysis)
    # Not ==, which leaves out what a finding does not tell apart.
    assert asdict(through_json(package)) == asdict(package)


def test_no_field_is_a_default_there() -> None:
    """Or one that is not kept at all would come back."""
    finding = filled(PackageAnalysis).findings[0]
    for field in fields(Finding):
        assert getattr(finding, field.name) not in (None, "", (), False, 0), field.name
        assert getattr(finding, field.name) != field.default, field.name


def test_what_is_not_there_comes_back_as_that() -> None:
    empty = PackageAnalysis("m", "/m", PackageStatus.OK)
    assert asdict(through_json(empty)) == asdict(empty)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["package"].pop(),
        lambda raw: raw["package"].append(0),
        lambda raw: raw["names"].clear(),
        lambda raw: raw.pop("names"),
        lambda raw: raw["package"].__setitem__(2, "fine"),
        lambda raw: raw["package"].__setitem__(4, [[]]),
        lambda raw: raw["package"].__setitem__(4, 7),
    ],
)
def test_another_shape_is_no_analysis(change: Callable[[Any], None]) -> None:
    raw = json.loads(json.dumps(package_to(filled(PackageAnalysis))))
    change(raw)
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        package_from(raw)
