"""What Go code is compiled for: which targets can be read, and what differs from the defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from golsp_mem.errors import UsageError
from golsp_mem.toolchain.trimmed import flags_in

# The variable that names the level of an architecture, and its default (internal/buildcfg/cfg.go).
_LEVELS = {
    "386": ("GO386", "sse2"), "amd64": ("GOAMD64", "v1"), "arm": ("GOARM", "7"),
    "arm64": ("GOARM64", "v8.0"), "mips": ("GOMIPS", "hardfloat"),
    "mipsle": ("GOMIPS", "hardfloat"), "mips64": ("GOMIPS64", "hardfloat"),
    "mips64le": ("GOMIPS64", "hardfloat"), "ppc64": ("GOPPC64", "power8"),
    "ppc64le": ("GOPPC64", "power8"), "riscv64": ("GORISCV64", "rva20u64"),
}  # fmt: skip


def check_target(goarch: str, goflags: str) -> None:
    """Raises UsageError for a target whose object code cannot be read, and where none is made."""
    if not {"-n", "--n", "-n=true", "--n=true"}.isdisjoint(flags_in(goflags)):
        raise UsageError(
            "GOFLAGS has -n, with which the go command compiles nothing; "
            "unset it (go env -w GOFLAGS=)"
        )
    if goarch == "wasm":
        raise UsageError(
            "GOARCH=wasm cannot be read: its object code does not say on which line a call "
            "stands; check the code for another GOARCH"
        )


def flags_that_do_not_hold(goflags: str) -> Iterator[str]:
    """What GOFLAGS asks for and does not get, in one sentence each."""
    if any(flag.lstrip("-").startswith("gcflags") for flag in flags_in(goflags)):
        yield "GOFLAGS has -gcflags, which does not hold here: golsp-mem gives its own"


def beyond_defaults(goarch: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The variables beyond the defaults that change what is compiled."""
    level = _LEVELS.get(goarch)
    wanted = {"GOFLAGS": "", "GOEXPERIMENT": "", **({level[0]: level[1]} if level else {})}
    return tuple(
        f"{name}={value}"
        for name, default in wanted.items()
        if (value := variables.get(name, "")) not in ("", default)
    )
