"""A code turned off by a command: which file is written, and which are not."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Module
from tests.e2e.editor import editor_on

CODE = "package m\n\nfunc New() *int { return new(int) }\n"


async def test_the_nearest_settings_are_written(module: Module, tmp_path: Path) -> None:
    folder = module({"a.go": CODE, "sub/b.go": CODE, "sub/golsp-mem.toml": "tests = false\n"})
    async with editor_on(folder) as editor:
        first = await editor.opened(folder / "a.go")
        second = await editor.opened(folder / "sub" / "b.go")
        for uri, file in ((first, "golsp-mem.toml"), (second, "sub/golsp-mem.toml")):
            subject = {"code": "heap-new", "uri": uri}
            done = await editor.run("golsp-mem.turnOff", subject)
            assert Path(done["file"]) == folder / file
            assert '"heap-new" = "off"' in (folder / file).read_text()
            path = folder / file.replace("golsp-mem.toml", "b.go" if "sub" in file else "a.go")
            await editor.until(lambda path=path: editor.codes(path) == [])
            await editor.run("golsp-mem.turnOn", subject)
            await editor.until(lambda path=path: editor.codes(path) == ["heap-new"])
        assert not (folder / "golsp-mem.toml").exists()
        assert (folder / "sub" / "golsp-mem.toml").read_text() == "tests = false\n"

        # Nothing outside of the workspace, and nothing that cannot be understood.
        outside = tmp_path / "profile"
        outside.write_text("kept")
        settings = folder / "golsp-mem.toml"
        subject = {"code": "heap-new", "uri": first}
        settings.symlink_to(outside)
        assert await editor.run("golsp-mem.turnOff", subject) is None
        assert "is a link" in editor.popups()[-1]
        settings.unlink()
        settings.write_text("[severity")
        assert await editor.run("golsp-mem.turnOff", subject) is None
        assert "golsp-mem.toml" in editor.popups()[-1]
        assert (outside.read_text(), settings.read_text()) == ("kept", "[severity")
