"""Which packages are measured, and where they lie.

Modules come from the Go module proxy and are copied to the cache, as tests want to write
beside their files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.truth.evidence import real
from tests.truth.runs import Go, RunFailedError, Target, home

STANDARD = (
    "go/types",
    "net/http",
    "encoding/json",
    "text/template",
    "strconv",
    "regexp",
    "database/sql",
)

MODULES = {
    "github.com/gorilla/mux": "v1.8.1",
    "github.com/klauspost/compress": "v1.20.3",
    "github.com/rs/zerolog": "v1.35.1",
    "github.com/google/btree": "v1.1.3",
    "go.etcd.io/bbolt": "v1.5.0",
}

DEFAULT = (
    *STANDARD,
    "github.com/gorilla/mux",
    "github.com/klauspost/compress/...",
    "github.com/rs/zerolog",
    "github.com/google/btree",
    "go.etcd.io/bbolt",
)


def targets(name: str, go: Go) -> Iterator[Target]:
    """The packages with tests that a name stands for.

    A name is a directory (``./x``, ``/x``), a standard import path, or an import path of a
    module in `MODULES` or with its version (``example.org/m@v1.2.3/sub``); ``...`` works.
    Raises RunFailedError when it stands for none.
    """
    if name.startswith((".", "/")):
        directory = Path(name).resolve()
        pattern = "./..." if name.endswith("...") else "."
        directory = directory.parent if name.endswith("...") else directory
    elif "." not in name.split("/", maxsplit=1)[0]:
        directory, pattern = Path(go.goroot, "src"), name
    else:
        module, version, inner = _split(name)
        directory = module_copy(module, version, go)
        pattern = f"{module}/{inner}" if inner else module
    fields = "ImportPath,Dir,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles"
    listed = go.run("list", f"-json={fields}", pattern, directory=directory)
    found = False
    decoder, at = json.JSONDecoder(), 0
    while at < len(listed.rstrip()):
        package, at = decoder.raw_decode(listed, at)
        at += 1
        if package.get("TestGoFiles") or package.get("XTestGoFiles"):
            found = True
            names = [n for f in fields.split(",")[2:] for n in package.get(f) or []]
            home_directory = Path(real(package["Dir"]))
            files = tuple(str(home_directory / n) for n in sorted(names))
            yield Target(package["ImportPath"], home_directory, files)
    if not found:
        raise RunFailedError(f"{name}: no package with tests")


def _split(name: str) -> tuple[str, str, str]:
    if "@" in name:
        module, _, rest = name.partition("@")
        version, _, inner = rest.partition("/")
        return module, version, inner
    for module, version in MODULES.items():
        if name == module or name.startswith(f"{module}/"):
            return module, version, name[len(module) + 1 :]
    raise RunFailedError(f"{name}: which version? Write {name}@v1.2.3")


def module_copy(module: str, version: str, go: Go) -> Path:
    """A copy of the module that its tests may write to, fetched where it is missing."""
    copy = home() / "modules" / f"{module.replace('/', '+')}@{version}"
    if not (copy / "go.mod").is_file():
        home().mkdir(parents=True, exist_ok=True)
        said = go.run("mod", "download", "-json", f"{module}@{version}", directory=home())
        unpacked = Path(json.loads(said)["Dir"])
        partial = copy.with_name(copy.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(unpacked, partial, copy_function=shutil.copyfile)
        for directory in [partial, *(p for p in partial.rglob("*") if p.is_dir())]:
            directory.chmod(0o755)
        partial.rename(copy)
    return copy
