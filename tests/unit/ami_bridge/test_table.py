"""The transition table: total, and true to its three kinds of rule."""

from dataclasses import fields
from typing import get_type_hints

import pytest

from ami_bridge.call import facts
from ami_bridge.call.effects import Publish
from ami_bridge.call.facts import Fact, Note
from ami_bridge.call.state import Call, Channel, Phase, Role
from ami_bridge.call.transitions import KINDS, TABLE, advance, anomaly, stay
from tests.replay.play import example_house
from tests.replay.wire import BASE_US, PHONE, TRUNK, U1, U2

PAIRS = [(phase, kind) for phase in Phase for kind in KINDS]


def call_in(phase: Phase) -> Call:
    """A citizen's call whose channels make it stand in `phase`."""
    own = Channel(U1, TRUNK, Role.OWN)
    phone = Channel(U2, PHONE, Role.PHONE, dialled_at=BASE_US)
    talk = {Phase.TALKING: "b-1"}.get(phase, "")
    up_at = BASE_US if phase in (Phase.ANSWERED, Phase.TALKING) else 0
    channels = {U1: own._replace(bridge=talk)}
    if phase not in (Phase.NEW, Phase.OPEN):
        channels[U2] = phone._replace(up_at=up_at, talk=talk, bridge=talk)
    return Call(
        U1, example_house(), channels, BASE_US, phase=phase, announced=phase is not Phase.NEW, exten="2201"
    )


def a_fact(kind: type[Fact]) -> Fact:
    if issubclass(kind, Note):
        return kind(BASE_US + 1, U1, stamp=BASE_US // 1000)
    return kind(BASE_US + 1, U1)


def test_every_kind_of_fact_is_in_the_table() -> None:
    kinds = {
        kind
        for kind in vars(facts).values()
        if isinstance(kind, type) and issubclass(kind, Fact) and kind not in (Fact, Note)
    }
    assert set(KINDS) == kinds


@pytest.mark.parametrize(("phase", "kind"), PAIRS)
def test_every_pair_moves_stays_or_is_an_anomaly(phase: Phase, kind: type[Fact]) -> None:
    before = call_in(phase)
    step = advance(before, a_fact(kind))
    rule = TABLE[phase][kind]
    assert step.call.phase in Phase
    if rule is stay:
        assert (step.call, step.effects) == (before, ())
    if rule is anomaly:
        assert step.call == before
        (effect,) = step.effects
        assert isinstance(effect, Publish)
        assert effect.event.kind == "anomaly_seen"
        assert (effect.event.phase, effect.event.fact) == (phase.value, kind.__name__)


def test_the_table_holds_moves_stays_and_anomalies() -> None:
    rules = [TABLE[phase][kind] for phase, kind in PAIRS]
    assert stay in rules
    assert anomaly in rules
    assert len(set(rules)) > len(KINDS) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_moves_a_call_that_has_ended(kind: type[Fact]) -> None:
    before = call_in(Phase.ENDED)
    step = advance(before, a_fact(kind))
    assert (step.call, step.effects) == (before, ())


def test_only_an_end_ends_a_call() -> None:
    ends = {
        kind
        for phase, kind in PAIRS
        if phase is not Phase.ENDED and advance(call_in(phase), a_fact(kind)).call.phase is Phase.ENDED
    }
    assert ends == {facts.Hung, facts.Vanished, facts.Merged}


@pytest.mark.parametrize("kind", [*KINDS, Fact, Note])
def test_facts_are_frozen_and_slotted(kind: type[Fact]) -> None:
    assert not hasattr(a_fact(kind), "__dict__")
    with pytest.raises(AttributeError):
        setattr(a_fact(kind), fields(kind)[0].name, 0)
    assert get_type_hints(kind)["at"] is int
