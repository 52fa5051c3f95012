"""A package and its tests, each as it was compiled for itself.

``p [p.test]`` holds all of p: read instead of p it makes a constructor conditional that only a test
inlines. Whoever writes code looks at the package as its users get it, so an editor reads each file
in the variant that is compiled for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from golsp_mem.model import PackageAnalysis, PackageStatus


def is_test(file: str) -> bool:
    return file.endswith("_test.go")


def joined(plain: PackageAnalysis | None, tests: Sequence[PackageAnalysis]) -> PackageAnalysis:
    """The package with what its test variants say of ``_test.go`` files. Findings are in no order
    and their fingerprints are to be made (`heap.findings.numbered`). One of both is there."""
    first = plain or tests[0]
    for one in tests:
        if one is first:
            continue
        first = evolve(
            first,
            status=max(first.status, one.status, key=lambda status: status == PackageStatus.FAILED),
            files=tuple(dict.fromkeys((*first.files, *one.files))),
            findings=(*first.findings, *(f for f in one.findings if is_test(f.span.file))),
            functions=(*first.functions, *(f for f in one.functions if is_test(f.file))),
            errors=tuple(dict.fromkeys((*first.errors, *one.errors))),
            unparsed=first.unparsed + one.unparsed,
            marked=tuple(dict.fromkeys((*first.marked, *one.marked))),
            generated=tuple(dict.fromkeys((*first.generated, *one.generated))),
            elsewhere=tuple(dict.fromkeys((*first.elsewhere, *one.elsewhere))),
            calls=(*first.calls, *(c for c in one.calls if is_test(c.span.file))),
            calls_unread=tuple(dict.fromkeys((*first.calls_unread, *one.calls_unread))),
        )
    return first
