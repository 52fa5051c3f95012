"""Whether the edits that are offered hold on real modules: ``python -m tests.fixes DIR…``."""
