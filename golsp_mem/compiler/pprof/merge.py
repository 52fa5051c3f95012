"""Several profiles as one file, for pprof."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from golsp_mem.compiler.pprof import profile_pb2


def merged(files: Sequence[bytes]) -> bytes:
    """One profile (gzip) with the samples of profiles that Go wrote (one or more, gzip)."""
    if len(files) == 1:
        return files[0]
    made = profile_pb2.Profile()
    strings: dict[str, int] = {"": 0}
    for number, data in enumerate(files):
        one = profile_pb2.Profile.FromString(gzip.decompress(data))
        if number == 0:
            made.period, made.time_nanos = one.period, one.time_nanos
        _add(made, one, strings, number == 0)
    made.string_table.extend(strings)
    return gzip.compress(made.SerializeToString())


def _add(
    made: profile_pb2.Profile, one: profile_pb2.Profile, strings: dict[str, int], is_first: bool
) -> None:
    def text(index: int) -> int:
        return strings.setdefault(one.string_table[index], len(strings))

    shift = 1 + max((location.id for location in made.location), default=0)
    functions = 1 + max((function.id for function in made.function), default=0)
    if is_first:
        for kind in one.sample_type:
            made.sample_type.add(type=text(kind.type), unit=text(kind.unit))
        made.period_type.CopyFrom(
            profile_pb2.ValueType(type=text(one.period_type.type), unit=text(one.period_type.unit))
        )
    for function in one.function:
        made.function.add(
            id=functions + function.id, name=text(function.name),
            system_name=text(function.system_name), filename=text(function.filename),
            start_line=function.start_line,
        )  # fmt: skip
    for location in one.location:
        added = made.location.add(id=shift + location.id, address=location.address)
        for line in location.line:
            added.line.add(function_id=functions + line.function_id, line=line.line)
    for sample in one.sample:
        copied = made.sample.add()
        copied.location_id.extend(shift + id_ for id_ in sample.location_id)
        copied.value.extend(sample.value)
        for label in sample.label:
            copied.label.add(
                key=text(label.key), str=text(label.str), num=label.num,
                num_unit=text(label.num_unit),
            )  # fmt: skip
