"""Reads profiles: bytes of a file -> samples. Needs protobuf (the extra ``profile``)."""

from __future__ import annotations

import gzip
import io
import zlib
from enum import StrEnum

from attrs import frozen

from golsp_mem.errors import ConfigError, UsageError

# A profile of a large program has some megabytes; one that grows without end is an attack.
LARGEST = 512 << 20
_GZIP = b"\x1f\x8b"
_TEXT = (b"heap profile:", b"goroutine profile:", b"--- ", b"# runtime.MemStats")


class Kind(StrEnum):
    """What a profile is of."""

    HEAP = "heap"
    CPU = "CPU"
    OTHER = "other"


class Index(StrEnum):
    """Which of a heap profile's values count: those of all that was ever allocated, or of what
    is in use."""

    ALLOC = "alloc"
    INUSE = "inuse"


@frozen
class Frame:
    """One level of a call stack. ``start_line`` is that of the function, 0 where not told."""

    function: str
    file: str
    line: int
    start_line: int = 0


@frozen
class Sample:
    """What was counted at one place; ``stack`` is innermost first, inlined calls told apart.

    Of a heap profile ``objects`` and ``bytes``, of a CPU profile samples and nanoseconds.
    """

    stack: tuple[Frame, ...]
    objects: int
    bytes: int


@frozen
class Profile:
    """``period`` is, of a heap profile, how many bytes lie between two samples on average."""

    kind: Kind
    samples: tuple[Sample, ...]
    period: int
    time_nanos: int = 0


def read_profile(data: bytes, origin: str, index: Index = Index.ALLOC) -> Profile:
    """The profile in a file's bytes, gzip or not; samples without counts are left out.

    Raises ConfigError in one line, with ``origin``, for what is no profile, is cut off or has no
    names of functions; UsageError where protobuf is missing.
    """
    try:
        from google.protobuf.message import DecodeError  # noqa: PLC0415

        from golsp_mem.compiler.pprof import profile_pb2  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "profiles need protobuf, as the extra `profile` brings it: pip install 'protobuf>=5.29'"
        ) from error
    raw = _unpacked(data, origin)
    try:
        message = profile_pb2.Profile.FromString(raw)
        return _profile(message, origin, index)
    except (DecodeError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{origin}: no profile of pprof, or cut off; take it again "
            "(go test -memprofile, /debug/pprof/heap)"
        ) from error


def _unpacked(data: bytes, origin: str) -> bytes:
    if data.startswith(_TEXT):
        raise ConfigError(f"{origin}: a profile as text; take it without debug=1")
    if not data:
        raise ConfigError(f"{origin}: empty; was the program stopped before it wrote the profile?")
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            raw = stream.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"{origin}: the compressed profile is cut off or damaged") from error
    if len(raw) > LARGEST:
        raise ConfigError(f"{origin}: larger than {LARGEST >> 20} MiB when unpacked")
    return raw


def _profile(message: object, origin: str, index: Index) -> Profile:
    from golsp_mem.compiler.pprof import profile_pb2  # noqa: PLC0415

    assert isinstance(message, profile_pb2.Profile)
    strings = message.string_table
    if not message.sample_type or not strings or strings[0]:
        raise KeyError("sample_type")
    types = [strings[one.type] for one in message.sample_type]
    kind, objects_at, bytes_at = _values(types, index)
    functions = {
        one.id: (strings[one.name], strings[one.filename], one.start_line)
        for one in message.function
    }
    locations = {
        one.id: tuple(
            Frame(*functions[line.function_id][:2], line.line, functions[line.function_id][2])
            for line in one.line
        )
        for one in message.location
    }
    if locations and not any(locations.values()):
        raise ConfigError(
            f"{origin}: it has addresses and no names of functions; take it from the running "
            "program itself, or add them: go tool pprof -proto BINARY PROFILE > NAMED"
        )
    samples = []
    for one in message.sample:
        objects, size = one.value[objects_at], one.value[bytes_at]
        if objects > 0:
            stack = tuple(frame for id_ in one.location_id for frame in locations[id_])
            samples.append(Sample(stack, objects, size))
    return Profile(kind, tuple(samples), message.period, message.time_nanos)


def _values(types: list[str], index: Index) -> tuple[Kind, int, int]:
    wanted = (f"{index}_objects", f"{index}_space")
    if all(name in types for name in wanted):
        return Kind.HEAP, types.index(wanted[0]), types.index(wanted[1])
    if "cpu" in types and "samples" in types:
        return Kind.CPU, types.index("samples"), types.index("cpu")
    return Kind.OTHER, 0, len(types) - 1


def is_runtime(frame: Frame) -> bool:
    """Whether a frame is the runtime's: its functions, and those that other packages link to
    (reflect.unsafe_New), which lie in its directory."""
    name = frame.function
    if name.startswith(("runtime.", "internal/runtime/")):
        return True
    directory = frame.file.replace("\\", "/").rpartition("/")[0]
    return directory.endswith(("/src/runtime", "$GOROOT/src/runtime")) or (
        "/src/internal/runtime/" in f"{directory}/"
    )


def own_stack(sample: Sample) -> tuple[Frame, ...]:
    """The stack from the line that allocates outwards: without the runtime's innermost frames."""
    for number, frame in enumerate(sample.stack):
        if not is_runtime(frame):
            return sample.stack[number:]
    return ()
