"""Packages of a run are read by several processes: Python computes on one core only.

A helper is this program once more, started as any child is (toolchain/processes): its group ends
with its caller and it may be interrupted at any time. `multiprocessing` would bring either a fork
of a process that has threads, or a server process and a resource tracker that outlive a caller
which is killed. A helper reads a package as this process would, and leaves the analysis in the
store; what one could not read, for whatever reason, is read here. So the result does not depend on
who read what.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.runs.run import Compiled, Run
from golsp_mem.errors import GoFailed, OutOfResources
from golsp_mem.model import PackageAnalysis
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.scratch import scratch

Report = Callable[[str, int, int], None]
"""Told which package has been read, and how many of how many were before."""
Read = Callable[[str, PackageAnalysis], None]
"""Gets the analysis of a package, which it names by its import path."""
_ROOT = Path(__file__).parents[3]
# Found where this process found it; what lies in the workspace is no module (-P).
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from golsp_mem.analysis.runs.helper import main; main(sys.argv[2])"
)
# A helper takes about half a second to start, as long as some 2 MB of archives take to read.
_WORTH_BYTES = 12 << 20
# Each has its own interpreter and syntax trees: some 100 MB.
_MOST = 3


async def read_all(
    run: Run,
    take: Read,
    report: Report,
    helpers: int | None,
    begin: Callable[[Sequence[str]], None],
    *,
    lasts: bool = False,
) -> None:
    """Give ``take`` the analyses of all packages of the job, from the store or read.

    ``helpers`` processes read beside this one; None: as many as pay, in its stead if it ``lasts``
    (a server that had read containerd's core had twice the memory). ``begin`` is told before
    anything is read which files there are, of packages from the store those that are `elsewhere`.
    Raises what it and `Run.read` raise.
    """
    found: set[str] = set()
    missing: list[Compiled] = []
    files: list[str] = []
    total = len(run.job.groups)

    def read(import_path: str, analysis: PackageAnalysis) -> None:
        report(import_path, len(found), total)
        found.add(import_path)
        take(import_path, analysis)

    for import_path in sorted(run.job.groups):
        compiled = run.compiled(import_path)
        known = run.known(compiled)
        if known is None:
            missing.append(compiled)
            files += [path for one in compiled.variants for path in one.files]
        else:
            read(import_path, known)
            files += known.elsewhere
        # Whoever waits for something else, or wants to end this, is let in.
        await asyncio.sleep(0)
    begin(files)
    weights = {one.import_path: one.archive_bytes for one in missing}
    alone = helpers is None and lasts
    if helpers is None:
        helpers = _paying(sum(weights.values()), len(missing))
        alone = alone and helpers > 0
        helpers += alone
    # The longest first, so that nobody begins one when the others are done.
    waiting = deque(sorted(missing, key=lambda one: (-weights[one.import_path], one.import_path)))

    async def here(these: deque[Compiled]) -> None:
        while these:
            one = these.popleft()
            read(one.import_path, await run.read(one))
            if these:
                run.move_on()

    async with _helping(run, waiting, read, helpers):
        if not alone:
            await here(waiting)
    await here(deque(one for one in missing if one.import_path not in found))


def _paying(size: int, packages: int) -> int:
    """How many helpers are sooner done than this process alone, with so many bytes to read."""
    if size < _WORTH_BYTES:
        return 0
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    return max(min(cores - 1, _MOST, packages - 1), 0)


@contextlib.asynccontextmanager
async def _helping(
    run: Run, waiting: deque[Compiled], read: Read, helpers: int
) -> AsyncIterator[None]:
    """Helpers take from ``waiting`` while the block runs, and are waited for at its end."""
    with contextlib.ExitStack() as stack:
        tasks: list[asyncio.Task[None]] = []
        if helpers and len(waiting) > 1 and sys.executable:
            # Without room for temporary files nobody helps.
            with contextlib.suppress(OutOfResources, OSError):
                place = stack.enter_context(scratch()).path
                kept = run.kept if run.kept.directory else Store(place / "kept")
                job = place / "job"
                job.write_bytes(pickle.dumps((run.job, kept.directory)))
                helped = _Helped(run, waiting, read, kept, job)
                tasks += [asyncio.ensure_future(helped.run()) for _ in range(helpers)]
        try:
            yield
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@frozen(eq=False)
class _Helped:
    """What the helpers of one run share: ``kept`` is the store that they hand over by."""

    packages: Run
    waiting: deque[Compiled]
    read: Read
    kept: Store
    job: Path

    async def run(self) -> None:
        """One helper, from its start until nothing waits. What it does not read is not told."""
        argv = [sys.executable, "-P", "-c", _PROGRAM, str(_ROOT), str(self.job)]
        directory = self.packages.job.directory
        with contextlib.suppress(GoFailed, OSError):
            async with process.start(argv, cwd=directory, env=os.environ, fed=True) as child:
                listening = asyncio.ensure_future(child.stderr())
                answers = child.output_lines()
                while self.waiting:
                    one = self.waiting.popleft()
                    texts = {name: list(lines) for name, lines in one.texts.items()}
                    question = {"package": one.import_path, "texts": texts}
                    await child.feed(json.dumps(question).encode() + b"\n")
                    answer = await anext(answers, None)
                    if answer is None:
                        return
                    self._take(one, answer)
                await child.feed(None)
                await asyncio.gather(listening, child.status())

    def _take(self, one: Compiled, key: str) -> None:
        # Under another key a file has changed since this process looked.
        if not key or (one.key and key != one.key):
            return
        analysis = self.kept.load(key, self.packages.digests)
        if analysis is not None:
            self.read(one.import_path, analysis)
