"""The examples of README.md, run as they stand there."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import polymqtt.broker
import polymqtt.codec
import polymqtt.sans_io

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = [block for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S) if ">>>" not in block]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example(number: int) -> None:
    done = subprocess.run([sys.executable, "-c", EXAMPLES[number]], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("state/kitchen/light on\n", "room/kitchen/temperature 21.5\n")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("module", [polymqtt.codec, polymqtt.broker, polymqtt.sans_io])
def test_docstrings(module: types.ModuleType) -> None:
    result = doctest.testmod(module, extraglobs={"Broker": polymqtt.Broker})
    assert result.failed == 0
    assert result.attempted > 0


def test_errors_of_the_readme() -> None:
    assert doctest.testfile(str(README), module_relative=False).failed == 0
