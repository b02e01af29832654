"""Runs every program in the README, as a reader would who copies it, with a broker's real address put in."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(rust|c|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WAIT_S = 300

pytestmark = pytest.mark.timeout(WAIT_S + 10)


def programs():
    text = (ROOT / "README.md").read_text()
    found = list(BLOCK.finditer(text))
    for match in found:
        line = text.count("\n", 0, match.start()) + 2
        yield pytest.param(match[1], match[2], id=f"{match[1]}-line-{line}")


@pytest.fixture
def folder():
    # Inside the project, so that node finds the package as it would in a project of the reader's.
    made = ROOT / ".setup/readme"
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.mark.parametrize("language, program", list(programs()))
def test_program_runs_as_printed(language, program, broker, folder):
    program = program.replace("mqtt://localhost:1883", broker.tcp.replace("tcp:", "mqtt:"))
    program = program.replace("tcp://localhost:1883", broker.tcp)
    program = program.replace("ws://localhost:8083/mqtt", broker.ws)
    assert "localhost" not in program, "an address that the test does not know"
    done = subprocess.run(
        COMMANDS[language](program, folder), cwd=folder, capture_output=True, text=True, timeout=WAIT_S
    )
    print(done.stdout + done.stderr)
    assert done.returncode == 0
    assert done.stdout, "the program showed nothing"


def test_every_language_has_a_program():
    assert {param.values[0] for param in programs()} == set(COMMANDS)


def rust(program, folder):
    package = folder / "rust"
    (package / "src").mkdir(parents=True, exist_ok=True)
    manifest = f"""
        [package]
        name = "readme"
        edition = "2024"
        [dependencies]
        polymqtt.path = "{ROOT}/net"
        polymqtt-broker.path = "{ROOT}/broker"
        tokio = {{ version = "1", features = ["full"] }}
        [workspace]
        """
    (package / "Cargo.toml").write_text(re.sub(r"^\s+", "", manifest, flags=re.MULTILINE))
    (package / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    (package / "src/main.rs").write_text(program)
    return ["cargo", "run", "--quiet", "--manifest-path", package / "Cargo.toml"]


def c(program, folder):
    source = folder / "readme.c"
    source.write_text(program)
    libraries = [Path(os.environ["CARGO_TARGET_DIR"], "debug/libmqtt.a"), "-lpthread", "-lm", "-ldl"]
    compiler = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/ffi-c/include", source, *libraries]
    subprocess.run([*compiler, "-o", folder / "readme-c"], check=True)
    return [folder / "readme-c"]


def python(program, folder):
    (folder / "readme.py").write_text(program)
    return ["python", folder / "readme.py"]


def js(program, folder):
    (folder / "readme.mjs").write_text(program)
    return ["node", folder / "readme.mjs"]


COMMANDS = {"rust": rust, "c": c, "python": python, "js": js}
