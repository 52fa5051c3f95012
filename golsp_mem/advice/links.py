"""Where the page of each code and topic is: on the web, if the project has a home there, else in
the program itself."""

from __future__ import annotations

from functools import cache

PAGES = "blob/main/golsp_mem/advice/topics"


@cache
def home() -> str | None:
    """The address of the repository, without a slash at its end, as the metadata of the installed
    package has it (``Project-URL: Repository``); None where it names none."""
    # Not at the top: most runs need no address.
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415

    try:
        urls = metadata("golsp-mem").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    named = dict(url.split(", ", 1) for url in urls if ", " in url)
    found = str(named.get("Repository", ""))
    return found.rstrip("/") if found.startswith("https://") else None


def href(name: str) -> str | None:
    """The address of the page of a code such as ``heap-boxing`` or of a topic; None without a
    home."""
    base = home()
    return f"{base}/{PAGES}/{name}.md" if base else None


def command(name: str) -> str:
    """The command that prints the page, for a terminal."""
    return f"golsp-mem explain {name}"
