"""Does this edited text do what an action claims? The compiler decides, here and nowhere else.

``await Judge(reader).judge(edits, claim)`` compiles the edited texts of one package and answers
with a `Verdict`: CONFIRMED, REFUTED or NOT_COMPILED, and one sentence that says why. ``edits`` are
whole texts by absolute path, all of files of the package.

What is compiled is the variant that really holds the edited files: a ``_test.go`` file with its
package, an external test with its own; nobody who asks decides that. The unedited text is compiled
the same way, because an answer is a comparison. Both are kept by their texts' digests: ten claims
about one file cost eleven compiles at most, and asking again costs none. One compile runs at a
time; cancelling whoever waits kills it.

Claims (`claims`) are values; combine them with `All`:

- `ValueLive(variable, before, after)`: a value is live at that call, and was not before;
- `AllocationGone(finding)`, `AllocationSmaller(finding)`: this allocation, by its cause;
- `FrameShrank(function)`: the stack frame of that function (by symbol) is smaller;
- `FindingGone(finding)`: no finding of its code, function and subject;
- `VariableOnStack(function, variable)`: nothing of it is on the heap;
- `NothingWorse(...)`: no new allocation in the package, none that got firmer, no larger frame.

`AllocationGone` and `AllocationSmaller` imply that no other allocation appeared: else renaming a
variable would do. A new claim is a frozen class with ``needs_liveness`` and ``judged``; it compares
the `Facts` of two texts and starts nothing.
"""
