"""Runs Go: builds a package's tests, runs them under the profiler and under coverage.

Results are kept in ``$GOLSP_MEM_TRUTH_CACHE`` (default ``~/.cache/golsp-mem-tests/truth``),
one directory per Go release, package, its files and options.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import asdict, frozen

from tests.truth.evidence import (
    Evidence,
    read_coverage,
    read_escape_lines,
    read_heap_profile,
    real,
)

FORMAT = "1"
"""Part of the cache key; raise it when what is stored changes its meaning."""

# Writing a profile at rate 1 takes seconds: what the test binary gets after its own time-out.
GRACE_SECONDS = 60.0


KILLED, TIMED_OUT = "killed", "timed out"


class RunFailedError(Exception):
    """A command failed in a way that leaves nothing to measure; the text says which."""


def home() -> Path:
    default = Path.home() / ".cache" / "golsp-mem-tests" / "truth"
    return Path(os.environ.get("GOLSP_MEM_TRUTH_CACHE", default))


@frozen
class Done:
    """How a process ended; ``killed``: by us, for its time."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    killed: bool = False


def run(command: Sequence[str], directory: Path, env: Mapping[str, str], limit: float) -> Done:
    """Run a command in its own process group, which is killed after ``limit`` seconds."""
    started = time.monotonic()
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        subprocess.Popen(
            command,
            cwd=directory,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        ) as process,
    ):
        killed = False
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            killed = True
        finally:
            # Also after a normal end: tests leave children behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    return Done(status, texts[0], texts[1], time.monotonic() - started, killed)


@frozen
class Go:
    """A toolchain: its ``go`` command, what it calls itself, and its GOROOT."""

    binary: Path
    version: str
    goroot: str

    @staticmethod
    def at(binary: Path) -> Go:
        """The toolchain of a ``go`` command. Raises RunFailedError when it does not answer."""
        env = {**os.environ, "GOTOOLCHAIN": "local"}
        done = run([str(binary), "env", "GOVERSION", "GOROOT"], Path.home(), env, 60)
        if done.status:
            raise RunFailedError(f"{binary} env: {done.stderr.strip()}")
        version, goroot = done.stdout.split()
        return Go(binary, version, real(goroot))

    @property
    def env(self) -> dict[str, str]:
        path = f"{Path(self.goroot) / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        return {**os.environ, "GOTOOLCHAIN": "local", "PATH": path}

    def run(self, *arguments: str, directory: Path, limit: float = 600.0) -> str:
        """Standard output of a ``go`` command. Raises RunFailedError with its last words."""
        done = run([str(self.binary), *arguments], directory, self.env, limit)
        if done.status:
            raise RunFailedError(f"go {' '.join(arguments)}: {done.stderr.strip()[-400:]}")
        return done.stdout


@frozen
class Target:
    """A package to measure."""

    import_path: str
    directory: Path
    files: tuple[str, ...]
    """Absolute paths of its Go files, tests included."""


@frozen
class Options:
    """How tests are run; ``limit`` in seconds, for each of the two runs."""

    short: bool = True
    limit: float = 300.0
    run: str | None = None
    skip: str | None = None

    def flags(self) -> list[str]:
        flags = [f"-test.timeout={self.limit:.0f}s"]
        if self.short:
            flags.append("-test.short")
        if self.run:
            flags.append(f"-test.run={self.run}")
        if self.skip:
            flags.append(f"-test.skip={self.skip}")
        return flags


@frozen
class Outcome:
    """How the two test runs went; ``note`` says what went wrong, "" nothing."""

    note: str
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether both runs came to their own end, well or not."""
        return KILLED not in self.note and TIMED_OUT not in self.note


def gather(go: Go, target: Target, options: Options) -> tuple[Evidence, Outcome]:
    """The evidence for a package, from the cache or by running its tests twice.

    Raises RunFailedError when its tests do not build or leave no profile.
    """
    store = home() / _key(go, target, options)
    if not (store / "outcome.json").is_file():
        store.mkdir(parents=True, exist_ok=True)
        outcome = _measure(go, target, options, store)
        (store / "outcome.json").write_text(json.dumps(asdict(outcome)))
    directory = str(target.directory)

    def locate(name: str) -> str:
        path, _, base = name.rpartition("/")
        return real(f"{directory}/{base}") if path == target.import_path else name

    outcome = Outcome(**json.loads((store / "outcome.json").read_text()))
    evidence = Evidence(
        read_heap_profile((store / "heap.pb.gz").read_bytes(), go.goroot),
        read_coverage((store / "cover.txt").read_text(), locate),
        read_escape_lines((store / "escape.txt").read_text(), target.files),
        outcome.complete,
    )
    return evidence, outcome


def _key(go: Go, target: Target, options: Options) -> Path:
    digest = hashlib.sha256()
    for part in (FORMAT, go.version, go.goroot, str(target.directory), repr(options)):
        digest.update(part.encode() + b"\0")
    module = [target.directory / name for name in ("go.mod", "go.sum")]
    for path in [*map(Path, target.files), *module]:
        if path.is_file():
            digest.update(path.read_bytes() + b"\0")
    name = target.import_path.replace("/", "+")
    return Path(go.version) / f"{name}-{digest.hexdigest()[:16]}"


def _measure(go: Go, target: Target, options: Options, store: Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="golsp-mem-truth-") as scratch:
        plain, covered = Path(scratch, "plain.test"), Path(scratch, "cover.test")
        build = ["test", "-c", "-vet=off"]
        go.run(*build, "-o", str(plain), ".", directory=target.directory)
        profile = store / "heap.pb.gz"
        profile.unlink(missing_ok=True)
        # testing sets the rate when it parses flags; what package initialisation allocates
        # before that is seen only with the runtime's own setting.
        debug = ",".join(filter(None, [os.environ.get("GODEBUG"), "memprofilerate=1"]))
        first = _run_tests(
            plain,
            ["-test.memprofilerate=1", f"-test.memprofile={profile}"],
            target,
            options,
            {**go.env, "GODEBUG": debug},
        )
        if not profile.is_file():
            raise RunFailedError(f"no profile: {_ending(first)} {first.stdout.strip()[-300:]}")
        cover = ["-cover", "-covermode=count", f"-coverpkg={target.import_path}"]
        go.run(*build, *cover, "-o", str(covered), ".", directory=target.directory)
        counts = store / "cover.txt"
        counts.unlink(missing_ok=True)
        second = _run_tests(covered, [f"-test.coverprofile={counts}"], target, options, go.env)
        if not counts.is_file():
            raise RunFailedError(f"no coverage: {_ending(second)} {second.stdout.strip()[-300:]}")
        said = run(
            [str(go.binary), *build, "-gcflags=-m", "-o", str(covered), "."],
            target.directory,
            go.env,
            600,
        )
        if said.status:
            raise RunFailedError(f"go test -gcflags=-m: {said.stderr.strip()[-300:]}")
        (store / "escape.txt").write_text(said.stderr)
    notes = [
        f"{name} {end}"
        for name, end in (("profile run", _ending(first)), ("coverage run", _ending(second)))
        if end
    ]
    return Outcome(", ".join(notes), first.seconds + second.seconds)


def _run_tests(
    binary: Path, flags: Sequence[str], target: Target, options: Options, env: Mapping[str, str]
) -> Done:
    command = [str(binary), *options.flags(), *flags]
    return run(command, target.directory, env, options.limit + GRACE_SECONDS)


def _ending(done: Done) -> str:
    if done.killed:
        return KILLED
    if "panic: test timed out" in done.stdout + done.stderr:
        return TIMED_OUT
    return f"exit {done.status}" if done.status else ""


def check(go: Go, target: Target, limit: float = 600.0) -> str:
    """What golsp-mem says of the package, as JSON. Raises RunFailedError when it cannot."""
    command = [sys.executable, "-m", "golsp_mem", "check", "--tests", "--all"]
    done = run([*command, "--format", "json", "."], target.directory, go.env, limit)
    if done.status not in (0, 1):
        raise RunFailedError(f"golsp-mem check: exit {done.status} {done.stderr.strip()[-400:]}")
    return done.stdout
