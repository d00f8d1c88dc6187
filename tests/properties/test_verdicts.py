"""Whatever order events come in, and however often, a call is judged the same (EVT-05)."""

from hypothesis import given
from hypothesis import strategies as st

from memo_service.ledger.verdicts import PROMISES, fold, judge
from office.calendar import Calendar
from office.charter import Charter, OfficeName
from office.events import CallEvent, Side, TransferWay, decode, encode
from tests.support.feed import DESK, WORKDAY, Script, abandoned, answered
from tests.support.transfer_desk import Passed

CHARTER = Charter(version="test", office=OfficeName(id="testgun", name="시험군"))
CALENDAR = Calendar()


def passed_on(after_ms: int, way: TransferWay, *, taken: bool) -> Script:
    call = Passed(WORKDAY).passed(10_000, way=way).released(10_001).bye(10_300).rings(10_005)
    if taken:
        call.taken(10_000 + after_ms).has_him(10_000 + after_ms).ended(10_001 + after_ms, "connected")
    else:
        call.ended(10_006 + after_ms, "failed").rings(10_010 + after_ms, "d", DESK, "back")
    return call.over(40_000).script


scripts = st.one_of(
    st.builds(
        lambda wait, first: answered(wait, first=first),
        st.integers(0, 20_000),
        st.sampled_from(Side),
    ),
    st.builds(abandoned, st.integers(0, 20_000)),
    st.builds(passed_on, st.integers(0, 20_000), st.sampled_from(TransferWay), taken=st.booleans()),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Script, list[CallEvent]]:
    """A call, and its events as a careless network might bring them."""
    script = draw(scripts)
    doubled = script.events + draw(st.lists(st.sampled_from(script.events)))
    return script, draw(st.permutations(doubled))


@given(deliveries())
def test_order_and_duplicates_change_nothing(delivery: tuple[Script, list[CallEvent]]) -> None:
    script, delivered = delivery
    assert fold(delivered) == fold(script.events)
    assert judge(delivered, CHARTER, CALENDAR) == judge(script.events, CHARTER, CALENDAR)


@given(deliveries(), st.data())
def test_any_part_of_a_call_can_be_judged_and_nothing_is_kept_before_its_end(
    delivery: tuple[Script, list[CallEvent]], data: st.DataObject
) -> None:
    _, delivered = delivery
    part = delivered[: data.draw(st.integers(1, len(delivered)))]
    verdicts = judge(part, CHARTER, CALENDAR)
    assert tuple(verdicts) == PROMISES
    if fold(part).end is None:
        assert {v.result.value for v in verdicts.values()} == {"unknown"}


@given(scripts)
def test_events_judge_alike_after_they_were_stored(script: Script) -> None:
    stored = [decode(encode(event)) for event in script.events]
    assert judge(stored, CHARTER, CALENDAR) == judge(script.events, CHARTER, CALENDAR)
