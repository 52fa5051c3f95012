"""``check --verbose`` answers "why is this not reported?" for each line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.runner import environment, run
from tests.files import write_files

CODE = """package m

var P, Q *int
var A any

func F(n int) {
	P = new(int)
	Q = new(int) //golsp-mem:ignore heap-new read once
	A = n
	A = "fixed"
}
"""


def test_each_line_says_what_was_decided(tmp_path: Path) -> None:
    module = write_files(tmp_path, {"go.mod": "module example.com/m\n\ngo 1.22\n", "a.go": CODE})
    env = environment(GOLSP_MEM_CACHE=str(tmp_path / "cache"))
    quiet = run("check", "--format", "json", cwd=module, env=env)
    # Warm: what the store has is decided anew.
    done = run("check", "-v", "--format", "json", cwd=module, env=env)
    assert done.status == quiet.status
    said = {
        number: [line for line in done.stderr.splitlines() if f"a.go:{number}: " in line]
        for number in range(1, 12)
    }
    assert "runtime.newobject in example.com/m.F: heap-new, always; -m: new(int)" in said[7][0]
    assert "suppresses it" in said[8][-1]
    assert "heap-boxing, conditional" in said[9][0]
    assert "heap-boxing is not shown: it never allocates" in said[10][-1]
    assert said[3] == []
    assert "heap-new, always" not in quiet.stderr
