"""Every vector of the project, through the public API."""

from __future__ import annotations

from typing import Any

import pytest
from vectors import Case, read, unquote

from polymqtt import DecodeError, TopicError, codec


def cases(file: str) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in read(file)]


def limits(case: Case) -> dict[str, object]:
    numbers = ("packet_size_max", "properties_max", "topic_levels_max")
    found: dict[str, object] = {name: int(value) for name in numbers if (value := case.get(name)) is not None}
    return {**found, "sender": case.get("sender")}


@pytest.mark.parametrize("case", cases("codec.txt"))
def test_packet(case: Case) -> None:
    version = case["version"]
    decoded = codec.decode(case.bytes, version, **limits(case))
    assert decoded is not None
    packet, size = decoded
    assert size == len(case.bytes)
    assert codec.canonical_text(packet, version) == case["packet"]
    encoded = codec.encode(packet, version)
    assert (encoded == case.bytes) == (case.get("encode") != "no")
    assert codec.encoded_len(packet, version) == len(encoded)
    assert codec.decode(encoded, version, **limits(case)) == (packet, len(encoded))


@pytest.mark.parametrize("case", cases("codec.txt"))
def test_packet_in_pieces(case: Case) -> None:
    decoder = codec.Decoder(case["version"], **limits(case))
    step = 1 if len(case.bytes) < 300 else 997
    packets = [p for at in range(0, len(case.bytes), step) for p in decoder.feed(case.bytes[at : at + step])]
    assert [codec.canonical_text(p, case["version"]) for p in packets] == [case["packet"]]


@pytest.mark.parametrize("case", cases("malformed.txt"))
def test_malformed(case: Case) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.decode(case.bytes, case["version"], **limits(case))
    assert caught.value.reason_code == int(case["reason"], 16)
    assert caught.value.statement == case["statement"]
    decoder = codec.Decoder(case["version"], **limits(case))
    for _ in range(2):
        with pytest.raises(DecodeError):
            decoder.feed(case.bytes)


@pytest.mark.parametrize("case", cases("topic.txt"))
def test_topic(case: Case) -> None:
    if case.get("match") and case.get("pattern") is None:
        assert codec.matches(unquote(case["filter"]), unquote(case["topic"])) == (case["match"] == "yes")
    elif case.get("valid"):
        valid, _, statement = case["valid"].partition(" ")
        try:
            if case.get("pattern") is not None:
                codec.match_pattern(unquote(case["pattern"]), "x")
            elif case.get("topic") is not None:
                codec.matches("#", unquote(case["topic"]))
            else:
                codec.matches(unquote(case["filter"]), "x")
            assert valid == "yes"
        except TopicError as error:
            assert valid == "no"
            assert (error.statement or "duplicate_capture") == statement
    else:
        pattern, topic = unquote(case["pattern"]), unquote(case.get("topic") or '"x"')
        found = codec.match_pattern(pattern, topic)
        assert (found is not None) == codec.matches(unquote(case["filter"]), topic)
        if case.get("match") == "yes":
            expected = [line.partition(" ") for line in case.all("capture")]
            assert list((found or {}).items()) == [(name, unquote(value)) for name, _, value in expected]
