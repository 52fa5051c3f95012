"""The entry point: quick where it can be, quiet when it is stopped, one line when it fails."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from golsp_mem import __version__
from golsp_mem.cli.main import main
from tests.cli.runner import GOOD, command, environment, run, write_module
from tests.toolchains import go_binary

HEAVY = ("pygls", "lsprotocol", "tree_sitter", "rich", "asyncio", "cattrs")


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_help_and_version_import_nothing_heavy(flag: str) -> None:
    code = (
        "import sys; from golsp_mem.cli.main import main; status = main([sys.argv[1]]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules]); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, flag], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.endswith("[]\n")


def test_version_imports_no_more_than_itself() -> None:
    code = (
        "import sys; before = set(sys.modules); from golsp_mem.cli.main import main; "
        "main(['--version']); print(sorted(sys.modules.keys() - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    names = done.stdout.partition("\n")[2]
    assert "golsp_mem.cli.main" in names
    assert not any(f"'{name}'" in names for name in ("click", "typing", "attr", "asyncio"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"golsp-mem {__version__}\n"


@pytest.mark.parametrize("name", ["check", "explain", "doctor", "serve"])
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"Usage: golsp-mem {name}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["--nope"], ["explain", "a", "b"]])
def test_wrong_command_lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "golsp-mem" in printed.err


def test_an_unexpected_failure_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("two\nlines \x1b[1m")

    monkeypatch.setattr("golsp_mem.cli.commands.check.check", fail)
    assert main(["check"]) == 4
    line = capsys.readouterr().err
    assert line.startswith("golsp-mem: internal error: RuntimeError: two lines \\x1b[1m (")
    assert "GOLSP_MEM_TRACEBACK=1" in line
    monkeypatch.setenv("GOLSP_MEM_TRACEBACK", "1")
    assert main(["check"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_shells_can_complete(tmp_path: Path) -> None:
    asked = environment(
        _GOLSP_MEM_COMPLETE="bash_complete", COMP_WORDS="golsp-mem check --fo", COMP_CWORD="2"
    )
    done = run(cwd=tmp_path, env=asked)
    assert done.stdout.splitlines() == ["plain,--format"]


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD)
    process = subprocess.Popen(
        command("check", "--go", str(go_binary("1.26"))),
        cwd=module,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(60), said) == (141, b"")


def hanging_go(directory: Path) -> tuple[Path, Path]:
    """A go command that answers ``env`` and then never ends, nor does its child."""
    child = directory / "child"
    script = directory / "go"
    script.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = env ]; then exec {go_binary("1.26")} "$@"; fi\n'
        f"sleep 600 & echo $! > {child}; wait\n"
    )
    script.chmod(0o755)
    return script, child


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_all_processes(tmp_path: Path, number: signal.Signals, status: int) -> None:
    module = write_module(tmp_path / "m", m_go=GOOD)
    script, child = hanging_go(tmp_path)
    process = subprocess.Popen(
        command("check", "--go", str(script)),
        cwd=module,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not (child.exists() and child.read_text().strip()):
        assert time.monotonic() < deadline, "the child never started"
        time.sleep(0.001)  # at once: the command may still be busy starting it
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (status, b"", b"")
    pid = int(child.read_text())
    while is_running(pid):
        assert time.monotonic() < deadline, "the child outlived the command"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_under_nohup_a_closed_terminal_ends_nothing(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=GOOD)
    script, child = hanging_go(tmp_path)
    process = subprocess.Popen(
        ["nohup", *command("check", "--go", str(script))],
        cwd=module,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not (child.exists() and child.read_text().strip()):
        assert time.monotonic() < deadline, "the child never started"
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143


def on_terminal(*arguments: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """Run with stdout and stderr on a terminal of 60 columns; what it showed."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    env = environment(TERM="xterm-256color", COLUMNS="60", **variables)
    process = subprocess.Popen(
        command(*arguments), cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux: the other side is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    return process.wait(60), shown.decode()


def test_a_terminal_gets_colour_and_progress(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD)
    arguments = ("check", "--go", str(go_binary("1.26")))
    status, shown = on_terminal(*arguments, cwd=module)
    assert status == 0
    assert "\x1b[36mhint[heap-variable]\x1b[0m" in shown
    assert "Starting" in shown
    status, shown = on_terminal(*arguments, "-q", cwd=module, NO_COLOR="1")
    assert status == 0
    assert "heap-variable" in shown
    assert "\x1b" not in shown
    status, shown = on_terminal(*arguments, "-q", "--color", "never", cwd=module)
    assert "\x1b" not in shown


def test_always_colours_a_pipe_even_against_no_color(tmp_path: Path) -> None:
    module = write_module(tmp_path, m_go=GOOD)
    go = str(go_binary("1.26"))
    done = run("check", "--go", go, "--color", "always", cwd=module, env=environment(NO_COLOR="1"))
    assert "\x1b[36mhint[heap-variable]\x1b[0m" in done.stdout


def test_a_locale_without_unicode(tmp_path: Path) -> None:
    source = GOOD.replace("return a + b", 'return a + "日本" + b')
    module = write_module(tmp_path, m_go=source)
    env = environment(PYTHONIOENCODING="ascii")
    done = run("check", "--go", str(go_binary("1.26")), cwd=module, env=env)
    assert done.status == 0, done.stderr
    assert "\\u65e5" in done.stdout
