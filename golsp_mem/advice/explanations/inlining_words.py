"""Why a function is not inlined, for its page."""

from __future__ import annotations

from golsp_mem.advice.explanations.explain import InliningWords
from golsp_mem.advice.inlining import inlining_markdown
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.inlining import declared_on, inlining_of
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import FunctionFacts


def inlining_words(engine: Engine) -> InliningWords:
    """Asks the compiler's front end once for each function."""

    async def words(facts: FunctionFacts) -> str | None:
        try:
            known = await inlining_of(await engine.planner(), facts.file)
        except (BuildFailed, GoFailed):
            return None
        found = declared_on(known, facts.file, facts.line)
        return inlining_markdown(found) if found is not None else None

    return words
