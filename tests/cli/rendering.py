"""Reports for the renderers, and text as hostile as a workspace may hold it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from golsp_mem.model import BuildError, Finding, PackageStatus, Position, Severity
from golsp_mem.report.model import CheckedPackage, Configuration, Gone, Report, Shown
from tests.cli.builders import finding

LINUX = Configuration("go1.26.8", "linux", "amd64")

# Whole words of the formats that text from outside must not become, besides any other text.
HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet="`*_[](){}<>!&#\\\n\r\t |~-=+.:/@%,;\"'ab1\x00\x1b\u202e\ufffe\uffff"),
    st.lists(
        st.sampled_from(
            ["::error::x", "<img src=x>", "]]>", "&lt;", "[a](b)", "```", "\\|", "|", "@octocat",
             "#12", "%0A", "{0}", "\n\n# h", "https://x.y", "日本", "-->", '"', "\x07"]
        )
    ).map("".join),
)  # fmt: skip
# A name of a file: no slashes, no NUL, not a name that stands for a directory.
NAMES = HOSTILE.map(lambda text: text.replace("/", "-").replace("\0", "-")).map(
    lambda name: f"a{name}.go"
)


def shown(
    one: Finding | None = None, severity: Severity = Severity.HINT, **fields: object
) -> Shown:
    return Shown(one or finding(), severity, **fields)  # type: ignore[arg-type]


def broken(
    text: str = "undefined: y", at: Position | None = None, path: str = "example.com/m/bad"
) -> CheckedPackage:
    return CheckedPackage(path, PackageStatus.FAILED, (BuildError(text, at),))


def report_of(
    *findings: Shown,
    directory: Path = Path("/w"),
    failed: tuple[CheckedPackage, ...] = (),
    compared: bool = False,
    base: str | None = None,
    gone: tuple[Gone, ...] = (),
    configurations: tuple[Configuration, ...] = (LINUX,),
) -> Report:
    """A report of these findings, in whose packages all builds but ``failed``."""
    paths = dict.fromkeys(one.finding.package for one in findings) or {"example.com/m": None}
    built = tuple(CheckedPackage(path, PackageStatus.OK) for path in paths)
    return Report(
        configurations, directory, (*built, *failed), findings,
        compared=compared, base=base, gone=gone,
    )  # fmt: skip
