"""Flows as the source would write them: what only the compiler prints is gone."""

from __future__ import annotations

import pytest

from golsp_mem.advice.flow_words import in_words, own_names, readable, spoken
from golsp_mem.advice.scope import foreign_packages
from golsp_mem.compiler.types import as_written
from golsp_mem.model import StackFrame, Step
from golsp_mem.source.syntax import GoFile
from tests.cli.builders import finding


@pytest.mark.parametrize(
    ("compilers", "words"),
    [
        ("fmt.Sprint(... argument...)", "fmt.Sprint(...)"),
        ("args = ... argument", "args = ..."),
        ("http.HandlerFunc(func literal)", "http.HandlerFunc(func(...) {...})"),
        ("~r0 = x", "result = x"),
        ("&T{...}", "&T{...}"),
        ("(*Route).match(r, a + b)", "r.match(a + b)"),
        (
            "return (*base64.Encoding).Encode(base64.StdEncoding)",
            "return base64.StdEncoding.Encode()",
        ),
        ("(*T).m(&buf, x)", "(*T).m(&buf, x)"),
        ("(*T)(p)", "(*T)(p)"),
        ("m := map[string]interface {}{...}", "m := map[string]any{...}"),
        ("send(ch, struct {}{})", "send(ch, struct{}{})"),
        ("wait(x, time.Duration(1000000000))", "wait(x, ...)"),
        ("open(fs.FileMode(493), x)", "open(..., x)"),
        ("rand.Intn(100)", "rand.Intn(100)"),
    ],
)
def test_what_only_the_compiler_writes_is_code_again(compilers: str, words: str) -> None:
    assert spoken(compilers) == words
    assert in_words(compilers) is None


def test_what_has_no_name_is_told_in_the_singular() -> None:
    assert readable("... argument") == "the slice of arguments"
    assert readable("func literal") == "the function literal"


@pytest.mark.parametrize(
    ("compilers", "words"),
    [
        ("textproto.h[textproto.CanonicalMIMEHeaderKey(textproto.key)] = []string{...}",
         "h[textproto.CanonicalMIMEHeaderKey(key)] = []string{...}"),
        ("~r0 = string(bytes.b.buf[bytes.b.off:])", "~r0 = string(b.buf[b.off:])"),
        ("*yaml.parser = yaml.yaml_parser_t{...}", "*parser = yaml.yaml_parser_t{...}"),
        ("textproto.trim(textproto.s)", "textproto.trim(s)"),
        ("r.bytes.b", "r.bytes.b"),
        ("other.b", "other.b"),
        ("xbytes.b", "xbytes.b"),
    ],
)  # fmt: skip
def test_variables_of_inlined_functions_have_no_package(compilers: str, words: str) -> None:
    [step] = own_names([Step(compilers)], {"textproto", "bytes", "yaml"})
    assert step.text == words


def test_packages_whose_code_may_be_inlined() -> None:
    source = b"""package m

import (
	"bytes"
	yaml "gopkg.in/yaml.v3"
	"net/url"
	"example.com/x/v2"
)

func F() { url := u(); use(url.user) }
"""
    file = GoFile.parse("m.go", source)
    stack = (StackFrame("net/textproto.MIMEHeader.Set", "h.go", 3), StackFrame("m.F", "m.go", 10))
    one = finding("m.go", (10, 24, 10, 32), package="m", stack=stack)
    assert foreign_packages(one, None) == {"textproto"}
    assert foreign_packages(one, file) == {"textproto", "bytes", "yaml", "x"}


@pytest.mark.parametrize(
    ("linkers", "written"),
    [
        ("map[string]interface {}", "map[string]any"),
        ("*yaml%2ev3.Node", "*yaml.Node"),
        ("[]a%2eb.T", "[]a.T"),
        ("map[string]nats%2ego.Header", "map[string]nats.Header"),
        ("*go-hclog.Level", "*hclog.Level"),
        ("go-cmp-x.T", "cmp.T"),
        ("struct { a.b int }", "struct { a.b int }"),
        ("func(...a.T)", "func(...a.T)"),
        ("chan struct {}", "chan struct{}"),
        ("[]uint8", "[]byte"),
        ("map[string][4]uint8", "map[string][4]byte"),
        ("uint8", "uint8"),
        ("m.T", "m.T"),
    ],
)
def test_types_as_code_writes_them(linkers: str, written: str) -> None:
    assert as_written(linkers) == written
