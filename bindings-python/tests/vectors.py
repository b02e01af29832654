"""Reads the text format of the project's vectors."""

from __future__ import annotations

import re
from pathlib import Path

VECTORS = Path(__file__).parents[2] / "core" / "vectors"


class Case:
    """One case: a name, and lines of key and value in their order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[tuple[str, str]] = []

    def get(self, key: str) -> str | None:
        return next((value for k, value in self.lines if k == key), None)

    def __getitem__(self, key: str) -> str:
        value = self.get(key)
        assert value is not None, f"{self.name} has no {key}"
        return value

    def all(self, key: str) -> list[str]:
        return [value for k, value in self.lines if k == key]

    @property
    def bytes(self) -> bytes:
        return bytes.fromhex(self["bytes"])


def read(file: str) -> list[Case]:
    """All cases of a file; {TEXT*COUNT} is written out."""
    cases: list[Case] = []
    inside = False
    for line in (VECTORS / file).read_text(encoding="utf-8").split("\n"):
        if not line:
            inside = False
        elif not line.startswith("#"):
            key, _, value = line.partition(" ")
            if not inside:
                assert key == "case"
                cases.append(Case(value))
                inside = True
            else:
                cases[-1].lines.append((key, unfold(value) if key in ("bytes", "packet") else value))
    return cases


def unfold(value: str) -> str:
    return re.sub(r"\{([^{}*]*)\*(\d+)\}", lambda m: m[1] * int(m[2]), value)


def unquote(value: str) -> str:
    assert value[0] == value[-1] == '"'
    data = re.sub(
        rb'\\(x..|.)',
        lambda m: bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(m[1], m[1]),
        value[1:-1].encode(),
    )
    return data.decode()
