"""Runs every example. None may be forgotten: a program that is not in this file is an error as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WAIT_S = 120

# Those with a broker of their own: each plays through its situation, says "done" and ends.
ALONE = ["iot/status_monitoring.py", "mobile/push.mjs", "mobile/feed.mjs", "mobile/state-sync.mjs"]

# Run by a part of their own, or parts of a program that is run here.
ELSEWHERE = {
    "go/main.go",  # part foreign
    "demo/monitor.rs",  # part demo, and the four that follow
    "demo/sensor.c",
    "demo/controller.py",
    "demo/page.html",
    "demo/page.mjs",
    "browser/index.html",  # test_explorer, and all the files that it loads
    "mobile/demo.mjs",
    "messaging/chat.rs",  # part net, by messaging/tests/messaging.rs, and the three that follow
    "messaging/presence.rs",
    "messaging/notifications.rs",
    "messaging/tests/messaging.rs",
    "iot/sensor_collection.c",  # part c, by ffi-c/tests/c_programs.rs
    "firmware/main.c",  # part firmware, and the two that follow
    "firmware/board.c",
    "firmware/run.py",
    "iot/remote_control/index.html",  # test_remote_control_in_a_browser, and the device
    "iot/remote_control/device.py",
}

pytestmark = pytest.mark.timeout(WAIT_S + 10)


def run(*command, **environment):
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=WAIT_S
    )
    print(done.stdout + done.stderr)
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize("program", ALONE)
def test_example_plays_through_its_situation(program):
    language = sys.executable if program.endswith(".py") else "node"
    assert run(language, EXAMPLES / program, "--demo").rstrip().endswith("done")


def test_explorer_in_a_browser(broker):
    picture = TARGET / "explorer.png"
    printed = run("node", "tests/examples/explorer.mjs", broker.ws, picture)
    assert printed.count("ok: ") == 4
    assert picture.stat().st_size > 10_000


def test_remote_control_in_a_browser(broker):
    picture = TARGET / "remote-control.png"
    printed = run("node", "tests/examples/remote_control.mjs", sys.executable, broker.tcp, broker.ws, picture)
    assert printed.count("ok: ") == 5
    assert picture.stat().st_size > 10_000


def test_no_example_is_forgotten():
    kinds = {".c", ".rs", ".py", ".mjs", ".go", ".html"}
    files = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*") if path.suffix in kinds}
    assert files - ELSEWHERE - set(ALONE) == set()
