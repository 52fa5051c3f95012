"""Control flow read from machine code: instruction tables, functions of each release, noise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.compiler.objects import amd64, arm64
from golsp_mem.compiler.objects.amd64 import Instruction, Step, UnknownCode
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.flow import machine_flow
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.reaching import number_reaching
from golsp_mem.compiler.objects.records import Relocation
from tests.compiler.built import RELEASES, built

# Bytes as GNU as and Go's assembler write them.
AMD64 = [
    ("c3", Step.RETURN, 0), ("cc", Step.STOP, 0), ("0f0b", Step.STOP, 0), ("90", Step.ON, 0),
    ("e800000000", Step.CALL, 5), ("e9fbffffff", Step.JUMP, 0), ("ebfe", Step.JUMP, 0),
    ("7402", Step.BRANCH, 4), ("0f8410000000", Step.BRANCH, 22), ("ffd1", Step.CALL_INDIRECT, 0),
    ("41ffd0", Step.CALL_INDIRECT, 0), ("ff12", Step.CALL_INDIRECT, 0),
    ("ffe0", Step.JUMP_INDIRECT, 0), ("ff24c8", Step.JUMP_INDIRECT, 0),
    ("ffc0", Step.ON, 0), ("488b4c2418", Step.ON, 0), ("488d0500000000", Step.ON, 0),
    ("48b8efcdab8967452301", Step.ON, 0), ("b878563412", Step.ON, 0), ("66b83412", Step.ON, 0),
    ("66c7013412", Step.ON, 0), ("48c7c001000000", Step.ON, 0), ("48f7d8", Step.ON, 0),
    ("48f7c001000000", Step.ON, 0), ("f6c101", Step.ON, 0), ("0fb6c0", Step.ON, 0),
    ("f0480fb111", Step.ON, 0), ("660f3a0fc108", Step.ON, 0), ("c5f877", Step.ON, 0),
    ("c5fd6f06", Step.ON, 0), ("c4e37d39c101", Step.ON, 0), ("62f1fd486f06", Step.ON, 0),
    ("f30f6f4424f0", Step.ON, 0), ("4883ec20", Step.ON, 0), ("4881ec00010000", Step.ON, 0),
    ("644c8b342500000000", Step.ON, 0),
]  # fmt: skip
ARM64 = [
    ("c0035fd6", Step.RETURN, 0), ("00000014", Step.JUMP, 0), ("02000094", Step.CALL, 8),
    ("41000054", Step.BRANCH, 8), ("400000b4", Step.BRANCH, 8), ("40001836", Step.BRANCH, 8),
    ("20003fd6", Step.CALL_INDIRECT, 0), ("20001fd6", Step.JUMP_INDIRECT, 0),
    ("000020d4", Step.STOP, 0), ("1f2003d5", Step.ON, 0),
]  # fmt: skip


@pytest.mark.parametrize(("code", "step", "target"), AMD64)
def test_amd64_instructions(code: str, step: Step, target: int) -> None:
    written = bytes.fromhex(code)
    assert amd64.decoded(written + b"\x90" * 4, 0) == Instruction(len(written), step, target)
    with pytest.raises(UnknownCode):
        amd64.decoded(written[:-1], 0)


@pytest.mark.parametrize(("code", "step", "target"), ARM64)
def test_arm64_instructions(code: str, step: Step, target: int) -> None:
    assert arm64.decoded(bytes.fromhex(code), 0) == Instruction(4, step, target)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("b907000000", 7),
        # MOVL $7, R15; MOVL $5, (SP) or SHRB $5, (SP); MOVQ R15, CX
        ("41bf07000000c70424050000004c89f9", 7),
        ("41b807000000c02c24054c89c1", 7),
        ("41bf0700000041c7c7050000004c89f9", None),
    ],
)  # fmt: skip
def test_numbers_that_reach_a_call(code: str, number: int | None) -> None:
    written = bytes.fromhex(code)
    call = Relocation(len(written) + 1, 4, 7, 0, "runtime.makeslice")
    made = SimpleNamespace(
        code=written + b"\xe8\x00\x00\x00\x00\xc3", relocations=(call,), line_boundaries=()
    )
    assert number_reaching(cast(Function, made), call, 1) == number


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_are_an_instruction_or_unknown(code: bytes) -> None:
    for decode in (amd64.decoded, arm64.decoded):
        try:
            found = decode(code, 0)
        except UnknownCode:
            continue
        assert 0 < found.end <= len(code)


def one_by_one(code: bytes) -> tuple[list[int], dict[int, Instruction]] | None:
    starts, leads, at = [], {}, 0
    while at < len(code):
        try:
            found = amd64.decoded(code, at)
        except UnknownCode:
            return None
        starts.append(at)
        if found.step is not Step.ON:
            leads[at] = found
        at = found.end
    return starts, leads


def scanned(code: bytes) -> tuple[list[int], dict[int, Instruction]] | None:
    try:
        return amd64.scanned(code)
    except UnknownCode:
        return None


@given(st.lists(st.sampled_from([bytes.fromhex(code) for code, _, _ in AMD64]) | st.binary()))
def test_a_scan_says_what_one_after_the_other_says(parts: list[bytes]) -> None:
    code = b"".join(parts)
    assert scanned(code) == one_by_one(code)


def test_a_scan_of_compiled_code() -> None:
    one = built(RELEASES[-1])
    for obj in read_archive(one.archive, one.builtins):
        for function in obj.functions():
            assert scanned(function.code) == one_by_one(function.code)
            assert function.code == b"" or scanned(function.code) is not None


@pytest.mark.parametrize("release", RELEASES)
def test_every_function_of_a_compiled_package_has_a_flow(release: str) -> None:
    one = built(release)
    flows = {
        function.name.rpartition(".")[2]: machine_flow(function, obj.goarch)
        for obj in read_archive(one.archive, one.builtins)
        for function in obj.functions()
        if function.code
    }
    assert None not in flows.values()
    large = flows["large"]
    assert large is not None
    assert large.leaves
    assert len(large.calls) >= 2, "the call, and the prologue's way to a larger stack"
