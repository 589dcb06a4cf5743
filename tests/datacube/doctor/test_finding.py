"""What a finding looks like."""

from __future__ import annotations

from datacube.doctor.finding import fail, fine


def test_a_finding_is_printed_with_its_advice() -> None:
    assert fine("Python", "3.11").lines() == ["ok       Python: 3.11"]
    finding = fail("home", "cannot be written", "give its owner the right")
    assert finding.lines() == ["problem  home: cannot be written", "         -> give its owner the right"]
    assert finding.as_dict()["state"] == "problem"
