"""Starts agents and brokers for the matrix, and prints it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

PAHO = f"{sys.executable} {HERE / 'agent_paho.py'}"
OUTCOMES: dict[str, Counter] = {}


def pytest_addoption(parser):
    parser.addoption(
        "--agent",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="an agent to put into the matrix; without any, two of another library's, to test the driver itself",
    )
    parser.addoption(
        "--embedded",
        action="append",
        default=[],
        metavar="NAME",
        help="an agent whose own broker the matrix is repeated with",
    )


def pytest_generate_tests(metafunc):
    if "cell" not in metafunc.fixturenames:
        return
    config = metafunc.config
    agents = dict(each.split("=", 1) for each in config.getoption("--agent")) or {name: f"{PAHO} {name}" for name in ("paho1", "paho2")}
    config.matrix_agents = agents
    cells = [
        (broker, sender, receiver, versions, qos)
        for broker in ["program", *config.getoption("--embedded")]
        for sender in agents
        for receiver in agents
        for versions in (VERSIONS if broker == "program" else SAME)
        for qos in (0, 1, 2)
        # The broker in a page is reached through MessagePorts, which exist only there.
        if broker != "page" or sender == receiver == "page"
    ]
    ids = [f"{broker}-{sender}-{receiver}-{'-'.join(map(str, v))}-qos{qos}" for broker, sender, receiver, v, qos in cells]
    metafunc.parametrize("cell", cells, ids=ids)


def pytest_runtest_logreport(report):
    """Counts by broker, sender and receiver; a set-up that failed counts against its cell as well."""
    cell = dict(report.user_properties).get("cell")
    if cell and (report.when == "call" or report.failed):
        outcome = OUTCOMES.setdefault(cell, Counter())
        outcome["passed" if report.passed else "failed"] += 1


def pytest_terminal_summary(terminalreporter):
    for broker in dict.fromkeys(broker for broker, _, _ in OUTCOMES):
        senders = list(dict.fromkeys(sender for other, sender, _ in OUTCOMES if other == broker))
        title = "through the broker program" if broker == "program" else f"through the broker embedded in {broker}"
        terminalreporter.section(f"the matrix {title}: passed / run", sep="-")
        receivers = list(dict.fromkeys(receiver for other, _, receiver in OUTCOMES if other == broker))
        terminalreporter.write_line("from \\ to  " + "".join(f"{receiver:>10}" for receiver in receivers))
        for sender in senders:
            row = [OUTCOMES.get((broker, sender, receiver), Counter()) for receiver in receivers]
            cells = "".join(f"{cell['passed']:>6}/{cell.total():<3}" for cell in row)
            terminalreporter.write_line(f"{sender:<10} {cells}")


SAME = ((4, 4), (5, 5))
VERSIONS = (*SAME, (4, 5), (5, 4))
