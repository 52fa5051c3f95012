"""One sentence for each code, for formats that carry a table of rules."""

from __future__ import annotations

from collections.abc import Mapping

from golsp_mem.model import Code

RULES: Mapping[Code, str] = {
    Code.HEAP_VARIABLE: "A declared variable is moved to the heap.",
    Code.HEAP_NEW: "new(T) takes its block from the heap.",
    Code.HEAP_LITERAL: "A composite literal takes its block from the heap.",
    Code.HEAP_MAKE_SLICE: "make of a slice takes its elements from the heap.",
    Code.HEAP_MAKE_MAP: "make of a map takes it from the heap.",
    Code.HEAP_MAKE_CHAN: "make of a channel takes it from the heap.",
    Code.HEAP_CLOSURE: "A function literal or method value takes its closure from the heap.",
    Code.HEAP_BOXING: "A value put into an interface is copied to the heap.",
    Code.HEAP_CONCAT: "Concatenating strings takes the result from the heap.",
    Code.HEAP_CONVERSION: "A conversion to or from a string copies to the heap.",
    Code.HEAP_APPEND: "append beyond the capacity takes a larger block from the heap.",
    Code.HEAP_MAP_INSERT: "Inserting into a map may make it grow on the heap.",
    Code.HEAP_GOROUTINE: "A go statement takes the goroutine's closure from the heap.",
    Code.HEAP_DEFER: "A defer in a loop takes its record from the heap.",
    Code.HEAP_OTHER: "Another call of the runtime takes memory from the heap.",
    Code.STACK_LARGE_FRAME: "A function's frame makes a new goroutine's stack grow.",
    Code.STACK_TOO_LARGE: "A variable is moved to the heap because it is too large for a stack.",
    Code.STACK_RECURSION: "A recursion has no bound but the stack limit.",
    Code.STACK_LIMIT: "The stack limit that holds differs from the one that is set.",
    Code.KEEPALIVE_MISSING: "A value may be collected while its resource is still used.",
    Code.KEEPALIVE_INEFFECTIVE: "A runtime.KeepAlive changes nothing.",
}
