"""What makes a recursion deep, as far as that is known."""

from __future__ import annotations

from enum import Enum


class Drive(Enum):
    """What makes it deep; the value is said of doubts, but of what programs write out."""

    INPUT = "input"
    DATA = "data"
    CHAINED = "chained"
    LED_ON = "led on"
    COUNT = "count"
    ENDLESS = "endless"
    PROGRAM = "program"
    STATES = "its calls hand on what it got: how often it calls itself nothing here tells"
    REGISTERED = "what it goes down holds functions, as what programs register does"
    NAMES = "it goes down a list of strings that its callers give"
    TYPES = "what it goes down are types"
    BALANCED = "what it goes down is turned around or halved where it is made"
    LISTED = "it hands on the rest of a list that its callers give"
    COUNTED = "it counts a number that its callers give"
    PARSED = "no loop was found that makes what it goes down: it is as deep as who makes it goes"
    GUARDED = "levels are counted elsewhere: whether that ends these, nothing here tells"
    BUILT = "no input or loop that makes what it goes down deep was found here"
    LINKED = "the lists or trees of this package that it goes down are made one node at a time"
    BOTH = "it goes down a text and what is there: it is as deep as both"
    COMPARED = "it counts a number, which is compared: whether that ends it, nothing here tells"
    INDENTED = (
        "it compares an indentation: texts with deeper ones grow with the square of the depth"
    )
    COPIED = "each call copies all of the text that is left: a long one takes hours"
    CHECKED = "encoding/json has read it before, which refuses more than 10 000 levels"
    FLAGGED = "a flag is set in front of each call: whether that ends it, nothing here tells"
    MET = "it notes what it has met: it is as deep as there is something to meet"
    SCANNED = "it gets what a bufio.Scanner has cut: 64 KiB at most"
    LOCKED = "it holds a lock that each call takes"
    OTHERS = "it goes on through an interface: no value of its own kind is made on the way around"
    SEARCHED = "each call looks for the end of what it hands on: a deep text takes hours"
    GOES_BACK = "it goes back and reads again: a deep input may take hours"
    LOOKED_UP = "it goes on with what it looks up: who fills that, nothing here tells"
    UNNAMED = "it takes from what it got: that this is an input no name says"
    ASKING = "it asks again for what it has just fetched, or of its next part"

    @property
    def is_data(self) -> bool:
        return self.is_long or self in (Drive.LED_ON, Drive.COUNT, Drive.ENDLESS)

    @property
    def is_long(self) -> bool:
        """Whether it is an input, or a chain that a loop makes, which is so deep."""
        return self.is_input or self is Drive.CHAINED

    @property
    def is_input(self) -> bool:
        """Whether an input is read, or what is gone down was made of one."""
        return self in (Drive.INPUT, Drive.DATA)
