"""Edits that take an allocation away, each confirmed by the compiler before anybody sees it.

`rows` make candidates from the syntax and from the types that the compiler says; one module a
cause. `confirm.Confirmer` forms the edited texts (imports, gofmt), has `analysis.proof` judge
them, and gives back those that hold. Nobody else decides what is offered: an editor's quick fix
and ``golsp-mem fix`` show the same.

A row states in its candidate what must be gone, what may be made instead, and in which corner the
meaning changes (`Candidate.corner`); those with a corner are never applied without being chosen.
"""
