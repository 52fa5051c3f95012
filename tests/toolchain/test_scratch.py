"""Temporary directories: gone with their work, and left ones gone with the next run."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from golsp_mem.errors import OutOfResources
from golsp_mem.toolchain.processes.scratch import scratch, sweep, sweep_own

pytestmark = pytest.mark.skipif(os.name != "posix", reason="directories are locked on POSIX only")

# Makes a directory, has a child inherit the lock, tells both names, waits.
LEFT = (
    "import subprocess, sys, time\n"
    "from golsp_mem.toolchain.processes.scratch import scratch\n"
    "with scratch(sys.argv[1]) as own:\n"
    "    (own.path / 'half').write_text('written')\n"
    "    child = subprocess.Popen(['sleep', '600'], pass_fds=(own.lock,), stdout=-3)\n"
    "    print(child.pid, own.path, flush=True)\n"
    "    time.sleep(600)\n"
)


def age(path: Path) -> None:
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))


def test_it_goes_with_its_block(tmp_path: Path) -> None:
    with scratch(str(tmp_path)) as own:
        (own.path / "a").mkdir()
        (own.path / "a" / "b").write_text("")
        assert own.path.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ZeroDivisionError), scratch(str(tmp_path)) as own:
        (own.path / "a").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_removed_goes_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that was read-only for a while; what is in use stays."""
    with monkeypatch.context() as patch, scratch(str(tmp_path)):
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
    [left] = tmp_path.iterdir()
    with scratch(str(tmp_path)) as own:
        sweep_own(str(tmp_path))
        assert list(tmp_path.iterdir()) == [own.path]
    assert not left.exists()


def test_what_a_killed_run_left_is_swept_when_its_children_have_ended(tmp_path: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", LEFT, str(tmp_path)], stdout=subprocess.PIPE)
    assert run.stdout is not None
    child, left = run.stdout.readline().split()
    run.stdout.close()
    path = Path(os.fsdecode(left))
    age(path)
    sweep(str(tmp_path))
    assert path.exists(), "it is in use"
    run.kill()
    run.wait()
    sweep(str(tmp_path))
    assert path.exists(), "a child of the killed run still uses it"
    os.kill(int(child), signal.SIGKILL)
    for _ in range(100):
        sweep(str(tmp_path))
        if not path.exists():
            break
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_ours_is_swept(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "kept").touch()
    base = tmp_path / "tmp"
    base.mkdir()
    (base / "golsp-mem-tmp-link").symlink_to(victim)
    (base / "golsp-mem-tmp-file").touch()
    (base / "other").mkdir()
    (base / "golsp-mem-tmp-young").mkdir()
    (base / "golsp-mem-tmp-old").mkdir()
    age(base / "golsp-mem-tmp-old")
    age(base / "other")
    os.utime(base / "golsp-mem-tmp-file", (0, 0))
    os.utime(base / "golsp-mem-tmp-link", (0, 0), follow_symlinks=False)
    sweep(str(base))
    assert sorted(entry.name for entry in base.iterdir()) == [
        "golsp-mem-tmp-file",
        "golsp-mem-tmp-link",
        "golsp-mem-tmp-young",
        "other",
    ]
    assert (victim / "kept").exists()


def test_sweeping_never_fails(tmp_path: Path) -> None:
    sweep(str(tmp_path / "gone"))


def test_no_room_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    # Where no file may grow there may be room for a directory.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with scratch() as own:
        assert own.path.parent == tmp_path
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(OutOfResources, match="set TMPDIR"), scratch():
        pass
    with pytest.raises(OutOfResources, match="set TMPDIR"), scratch(str(tmp_path / "gone")):
        pass
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutOfResources, match="No space left on device; make room"):  # noqa: SIM117
        with scratch(str(tmp_path)):
            raise full
    with pytest.raises(FileNotFoundError), scratch(str(tmp_path)) as own:
        (own.path / "gone").read_text()
