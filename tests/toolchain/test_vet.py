"""What of ``go vet`` counts: its sentences, however an edit moves their places."""

from __future__ import annotations

from collections import Counter

from golsp_mem.toolchain.vet import complaints

BEFORE = """\
# example.com/m
# [example.com/m]
./a.go:5:35: assignment copies lock value to n: sync.Mutex
../../tmp/0.go:9:2: fmt.Printf format %d has arg "x" of wrong type string
vet: ./b.go:3:1: undefined: x
"""


def test_places_and_packages_are_left_out() -> None:
    assert complaints(BEFORE) == Counter(
        {
            "assignment copies lock value to n: sync.Mutex": 1,
            'fmt.Printf format %d has arg "x" of wrong type string': 1,
            "undefined: x": 1,
        }
    )


def test_one_more_of_a_kind_is_new() -> None:
    after = BEFORE + "./c.go:7:1: assignment copies lock value to n: sync.Mutex\n"
    assert complaints(after) - complaints(BEFORE) == Counter(
        {"assignment copies lock value to n: sync.Mutex": 1}
    )
