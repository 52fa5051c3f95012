"""Why a function is not inlined, and what it would free, for its page."""

from __future__ import annotations

from golsp_mem.advice.explanations.explain import InliningWords
from golsp_mem.advice.inlining import freed_markdown, inlining_markdown
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.freed import freed_by_inlining
from golsp_mem.analysis.inlining import declared_on, inlining_of
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.files import read_regular
from golsp_mem.model import FunctionFacts, PackageAnalysis
from golsp_mem.source.syntax import GoFile


def inlining_words(engine: Engine) -> InliningWords:
    """Asks the compiler's front end once for each function, and has it try the inlining."""

    async def words(package: PackageAnalysis, facts: FunctionFacts) -> str | None:
        try:
            known = await inlining_of(await engine.planner(), facts.file)
            found = declared_on(known, facts.file, facts.line)
            if found is None:
                return None
            said = inlining_markdown(found)
            if found.budget is None:
                return said
            files = {path: GoFile.parse(path, read_regular(path)) for path in package.files}
            freed = await freed_by_inlining(await engine.direct(), facts, package, files)
        except (BuildFailed, GoFailed, OSError):
            return None
        return f"{said} {freed_markdown(freed)}" if freed is not None else said

    return words
