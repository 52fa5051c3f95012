"""The published schema of golsp-mem.toml says what the program accepts."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import resources

import jsonschema
import pytest
from attrs import fields

from golsp_mem.config import Settings, resolve
from golsp_mem.errors import ConfigError
from golsp_mem.model import Code
from golsp_mem.options import Budget, Target, key_of, keys, structure_options

SCHEMA = json.loads(resources.files("golsp_mem").joinpath("golsp-mem.schema.json").read_text())


def test_every_key_is_in_the_schema() -> None:
    assert set(SCHEMA["properties"]) - {"$schema"} == set(keys("toml"))
    budget = SCHEMA["properties"]["budget"]["additionalProperties"]
    assert set(budget["properties"]) == set(keys("toml", Budget))
    target = SCHEMA["properties"]["configurations"]["items"]
    assert set(target["properties"]) == set(keys("toml", Target))
    assert {name for name in SCHEMA["$defs"]["code"]["enum"] if "*" not in name} == set(Code)


def test_the_defaults_are_those_of_the_program() -> None:
    settings = Settings()
    for attribute in fields(Settings):
        about = SCHEMA["properties"].get(key_of(attribute.name, "toml"), {})
        if "default" in about:
            assert getattr(settings, attribute.name) == about["default"], attribute.name


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ('fail-on = "never"\nselect = ["heap-*"]\nexclude = ["gen/**"]\n', True),
        ('[budget."m.F"]\nmax-bytes = 0\n', True),
        ('[[configurations]]\ngoos = "linux"\ntags = ["a"]\n', True),
        ('[severity]\n"heap-*" = "off"\n', True),
        ('noalloc-exempt = ["panic"]\n', True),
        ('noalloc-exempt = ["cold"]\n', False),
        ('cold-paths = "quiet"\n', True),
        ('cold-paths = "cold"\n', False),
        ('fail-on = "hnit"\n', False),
        ('severty = "x"\n', False),
        ('[budget."m.F"]\nmax-byte = 0\n', False),
        ('[budget."m.F"]\nmax-bytes = -1\n', False),
        ('[severity]\n"heap-nope" = "off"\n', False),
        ("tests = 1\n", False),
        ("large-frame-bytes = 0\n", False),
        ('tags = "a"\n', False),
        ('tags = ["-a"]\n', False),
    ],
)
def test_schema_and_program_agree(text: str, right: bool) -> None:
    raw = tomllib.loads(text)
    said = jsonschema.Draft7Validator(SCHEMA).is_valid(raw)
    try:
        resolve(structure_options(raw, style="toml", origin="t"))
    except ConfigError:
        accepted = False
    else:
        accepted = True
    assert (said, accepted) == (right, right)


def test_the_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "golsp_mem", "schema"], capture_output=True, check=True
    )
    assert json.loads(done.stdout) == SCHEMA
