"""Pure readers of Go source text: spans, enclosing functions, guards, import edits."""
