"""The pictures of README.md, from real runs: ``python -m tests.editors.pictures``.

Writes editors/images: the terminal with ``golsp-mem check`` on gorilla/mux, and the page of
``golsp-mem report`` on the same. Those of VS Code are made by its tests with
``GOLSP_MEM_PICTURES=1``. Nothing in the pictures is fetched when they are shown.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.editors.vscode.install import browser, program

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "editors" / "images"
MUX = "github.com/gorilla/mux@v1.8.1"
COLUMNS = 118
SERVER = Path(sys.executable).parent / "golsp-mem"

# Opens a page, does what a person does first, takes the picture.
SHOOT = """
import { createRequire } from "node:module";
const job = JSON.parse(process.argv[1]);
const { chromium } = createRequire(`${job.playwright}/`)("playwright-core");
const browser = await chromium.launch({
  executablePath: job.chromium, headless: true, args: job.arguments,
});
const page = await browser.newPage({ viewport: { width: job.width, height: job.height } });
await page.goto(job.url);
for (const target of job.clicks) await page.locator(target).first().click();
await page.waitForTimeout(300);
await page.screenshot({ path: job.picture });
await browser.close();
"""


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="golsp-mem-pictures-") as scratch:
        module = mux(Path(scratch))
        arguments = ["check", "--hot-only", "--top", "4"]
        text = on_a_terminal([str(SERVER), *arguments, "--color", "always"], module)
        drawn = svg(f"golsp-mem {' '.join(arguments)}", text)
        (IMAGES / "terminal.svg").write_text(drawn, encoding="utf-8")
        shoot((IMAGES / "terminal.svg").as_uri(), Path(scratch) / "terminal.png")
        page = Path(scratch) / "report.html"
        command = [str(SERVER), "report", "--quiet", "--reasons", "-o", str(page)]
        subprocess.run(command, cwd=module, check=True)
        shoot(page.as_uri(), IMAGES / "report.png", [".finding >> nth=3"])
        shoot(page.as_uri(), IMAGES / "causes.png", ["#tab-causes"], height=420)
        shutil.copy(Path(scratch) / "terminal.png", Path(tempfile.gettempdir()) / "terminal.png")


def mux(scratch: Path) -> Path:
    """A copy of the module, which go fetches where it fetches all modules."""
    command = ["go", "mod", "download", "-json", MUX]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folder = scratch / "mux"
    shutil.copytree(json.loads(done.stdout)["Dir"], folder, copy_function=shutil.copyfile)
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    return folder


def on_a_terminal(command: Sequence[str], directory: Path) -> str:
    """What a command writes to a terminal of `COLUMNS`, with its colours."""
    written: list[bytes] = []

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 1 << 16)
        written.append(data)
        return b""

    before = Path.cwd()
    os.environ["COLUMNS"] = str(COLUMNS)
    os.chdir(directory)
    try:
        # Once before, so that the build cache has all of it and no progress is drawn.
        subprocess.run(command, capture_output=True, check=True)
        master, slave = pty.openpty()
        process = subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL)
        os.close(slave)
        try:
            while read(master) is not None and written[-1]:
                pass
        except OSError:
            pass  # Linux says so when the other end is gone
        process.wait()
    finally:
        os.chdir(before)
    return b"".join(written).decode().replace("\r\n", "\n")


def svg(command: str, text: str) -> str:
    """A terminal with the command and what it wrote; no font is loaded."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"\x1b[1m$ {command}\x1b[0m\n{text.rstrip()}"), soft_wrap=False)
    drawn = console.export_svg(title="golsp-mem")
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    # Its numbers change with each run otherwise.
    return re.sub(r"terminal-\d+", "terminal", drawn)


def shoot(
    url: str, picture: Path, clicks: Sequence[str] = (), *, width: int = 1280, height: int = 720
) -> None:
    """Take a picture of a page."""
    job = {**browser(), "url": url, "picture": str(picture), "clicks": list(clicks),
           "width": width, "height": height}  # fmt: skip
    node = [program("node"), "--input-type=module", "-e", SHOOT, json.dumps(job)]
    subprocess.run(node, check=True)


if __name__ == "__main__":
    main()
