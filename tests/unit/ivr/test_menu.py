"""The memo menu from the citizen's side: what he does, what he hears, what is kept."""

from dataclasses import replace
from datetime import datetime

import pytest

from ivr.menus import facts as f
from ivr.menus.effects import (
    BEEP,
    CollectKeys,
    ConnectPerson,
    Ending,
    Field,
    KeepField,
    Person,
    Play,
    Record,
)
from office.events import Closed
from office.phone_number import NumberKind, PhoneNumber, classify
from tests.unit.ivr.menu_line import (
    CALLER,
    CHOICES,
    DROPPED,
    NOTHING,
    SILENCE,
    SPOKE,
    WITHHELD,
    Line,
    began,
    kst,
)

KEPT = (
    "잘 남겨졌습니다. | 오늘 오후 세 시 십 분까지 전화드리겠습니다. 이대로 끊으셔도 됩니다."
    " 전화받을 번호나 시간을 정하시려면 일번, 다시 말씀하시려면 이번을 눌러 주십시오. |"
    " 다시 들으시려면 별표, 직원과 통화하시려면 영번을 눌러 주십시오."
)
GOODBYE = "오늘 오후 세 시 십 분까지 전화드리겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오."


def line(
    caller: PhoneNumber = CALLER,
    *,
    closed: Closed | None = None,
    choices: tuple[f.Choice, ...] = CHOICES,
    open_callback_due: datetime | None = None,
    has_person: bool = True,
) -> Line:
    one = Line()
    one.tell(
        began(
            caller,
            closed=closed,
            choices=choices,
            open_callback_due=open_callback_due,
            has_person=has_person,
        )
    )
    return one


def test_who_speaks_and_hangs_up_has_left_a_complete_memo() -> None:
    call = line().act(SPOKE, DROPPED)
    assert call.heard[0] == (
        "행정과 담당자가 지금 자리에 없습니다. 삐 소리가 나면 성함과 용건을 말씀해 주십시오."
        " 말씀을 마치고 그냥 끊으셔도 됩니다."
    )
    assert call.of(Record) == [Record(take=1, max_s=120, silence_s=4, beep=BEEP, stop_keys="#")]
    assert call.kept == {Field.RECORDING: "1"}
    assert (call.memo.take, call.memo.number, call.memo.ending) == (1, CALLER, Ending.HUNG_UP)
    assert call.memo.is_complete


def test_who_presses_nothing_hears_the_promise_and_goodbye() -> None:
    call = line().act(SPOKE, SILENCE, SILENCE).to_the_end()
    assert call.heard[1:] == [
        KEPT,
        f"천천히 하셔도 됩니다. 다시 안내해 드리겠습니다. | {KEPT}",
        GOODBYE,
    ]
    assert call.memo.is_complete
    assert call.memo.ending is Ending.GOODBYE


def test_the_promise_is_said_rounded_up_and_written_down() -> None:
    call = line().act(SPOKE, DROPPED)
    assert call.memo.promised_at == kst(25, 15, 10)


def test_another_number_and_an_asked_time() -> None:
    call = line().act(SPOKE, "1", "2", "0333302291#", "1", "3").to_the_end()
    assert call.heard[2:] == [
        (
            "지금 거신 번호로 전화드리겠습니다. 괜찮으시면 일번, 다른 번호는 이번을 눌러 주십시오. |"
            " 다시 들으시려면 별표, 직원과 통화하시려면 영번을 눌러 주십시오."
        ),
        "전화받으실 번호를 천천히 누르시고, 끝나면 우물 정자를 눌러 주십시오.",
        (
            "공 삼 삼에 | 삼 삼 공에 | 이 이 구 일번이 맞으면 일번, 다시 누르시려면 이번을 눌러 주십시오. |"
            " 다시 들으시려면 별표, 직원과 통화하시려면 영번을 눌러 주십시오."
        ),
        (
            "언제 전화드릴까요? 되도록 빨리 일번, | 오늘 오후 네 시 이번, | 내일 오전 열 시"
            " 삼번을 눌러 주십시오. | 다시 들으시려면 별표, 직원과 통화하시려면 영번을 눌러 주십시오."
        ),
        "내일 오전 열 시 무렵에 전화드리겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오.",
    ]
    assert call.kept == {
        Field.RECORDING: "1",
        Field.NUMBER_KEYED: "0333302291",
        Field.NUMBER: "0333302291",
        Field.ASKED_AT: "2026-11-26T10:00:00+09:00",
    }
    assert call.memo.number == classify("033-330-2291")
    assert (call.memo.number_keyed, call.memo.asked_at) == (None, kst(26, 10))


def test_own_number_and_soon_leads_to_the_question_of_a_reply() -> None:
    call = line().act(SPOKE, "1", "1", "1", "2").to_the_end()
    assert call.abouts[-2:] == ["memo-reply", "memo-done"]
    assert call.heard[-1] == "담당자에게 꼭 전하겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오."
    assert call.kept[Field.REPLY_WANTED] == "no"
    assert not call.memo.reply_wanted
    assert call.memo.is_complete


def test_a_reply_is_wanted_if_he_says_so_or_nothing() -> None:
    for acts in (["1"], [SILENCE, SILENCE]):
        call = line().act(SPOKE, "1", "1", "1", *acts).to_the_end()
        assert call.heard[-1] == GOODBYE
        assert call.memo.reply_wanted


def test_who_gave_a_number_is_not_asked_whether_he_wants_a_reply() -> None:
    call = line().act(SPOKE, "1", "2", "01011112222#", "1", "1").to_the_end()
    assert "memo-reply" not in call.abouts
    assert call.heard[-1] == GOODBYE


def test_without_two_moments_no_time_is_asked() -> None:
    call = line(choices=CHOICES[:1]).act(SPOKE, "1", "1").to_the_end()
    assert call.abouts[-1] == "memo-reply"


def test_a_choice_in_a_closed_time_is_told_and_moved_or_chosen_again() -> None:
    shut = (f.Choice(kst(25, 16)), f.Choice(kst(27, 18), open_from=kst(30, 9)))
    call = line(choices=shut).act(SPOKE, "1", "1", "3", "2", "3", "1").to_the_end()
    assert call.abouts[-5:] == ["memo-when", "memo-when-closed", "memo-when", "memo-when-closed", "memo-done"]
    assert call.heard[-2].startswith(
        "그때는 사무실이 쉽니다. | 월요일 오전 아홉 시 이후에 전화드려도 괜찮으시면 일번,"
    )
    assert call.memo.asked_at == kst(30, 9)


def test_saying_it_again_makes_a_second_take_that_cannot_harm_the_first() -> None:
    call = line().act(SPOKE, "2", NOTHING, DROPPED)
    assert [record.take for record in call.of(Record) if isinstance(record, Record)] == [1, 2]
    assert call.memo.take == 1
    better = line().act(SPOKE, "2", f.RecordingEnded(20, silent=False), DROPPED)
    assert (better.memo.take, better.memo.seconds) == (2, 20)


def test_nothing_heard_once_is_asked_again_twice_leaves_the_number() -> None:
    call = line().act(NOTHING, NOTHING).to_the_end()
    assert call.heard[1:] == [
        "말씀이 들리지 않았습니다. 삐 소리가 나면 한 번 더 말씀해 주십시오.",
        GOODBYE,
    ]
    assert (call.memo.take, call.memo.number) == (0, CALLER)
    assert not call.memo.is_complete


@pytest.mark.parametrize("caller", [WITHHELD, classify("x?y")])
def test_a_withheld_number_is_told_before_the_tone_and_asked_by_key(caller: PhoneNumber) -> None:
    call = line(caller=caller).act(SPOKE, "1", "01011112222#", "1", "1").to_the_end()
    assert call.heard[0].endswith(
        "번호가 표시되지 않아 전화를 드릴 수 없습니다. 말씀하실 때 전화번호도 함께 남겨 주십시오."
    )
    assert call.heard[1].startswith("잘 남겨졌습니다. 이대로 끊으셔도 됩니다. 전화받을 번호를")
    assert "memo-number-keep" not in call.abouts
    assert call.heard[-1] == GOODBYE
    assert call.memo.number == classify("010-1111-2222")


def test_a_withheld_number_and_none_keyed_gets_no_promise() -> None:
    call = line(caller=WITHHELD).act(SPOKE, SILENCE, SILENCE).to_the_end()
    assert "번호를 남기지 않으셨으면 전화는 드릴 수 없습니다." in call.heard[-1]
    assert not [text for text in call.heard if "까지" in text]
    assert call.memo.promised_at is None
    assert not call.memo.can_call
    assert not call.memo.is_complete


def test_a_withheld_number_and_no_word_is_asked_for_a_number_before_goodbye() -> None:
    call = line(caller=WITHHELD).act(NOTHING, NOTHING, SILENCE, SILENCE).to_the_end()
    assert call.abouts[2:] == ["memo-number-ask", "memo-number-ask", "memo-done"]
    assert call.heard[-1].startswith("남기신 말씀과 번호가 없어 전화를 드릴 수 없습니다.")


def test_an_unconfirmed_number_is_kept_for_the_officer_and_not_called() -> None:
    call = line(caller=WITHHELD).act(SPOKE, "1", "01011112222#", DROPPED)
    assert call.kept[Field.NUMBER_KEYED] == "01011112222"
    assert call.memo.number is None
    assert call.memo.number_keyed == classify("010-1111-2222")


def test_a_number_he_calls_wrong_is_taken_back() -> None:
    call = line().act(SPOKE, "1", "2", "01011112222#", "2", DROPPED)
    assert call.kept[Field.NUMBER_KEYED] == ""
    assert (call.memo.number, call.memo.number_keyed) == (CALLER, None)


@pytest.mark.parametrize("keyed", ["0101111222", "119", "2291", "0601234567", "0012025550100", "5", "A12"])
def test_a_wrong_number_is_asked_again_and_then_spoken(keyed: str) -> None:
    call = line(caller=WITHHELD).act(SPOKE, "1", f"{keyed}#", f"{keyed}#", SPOKE, "1").to_the_end()
    assert call.heard[3:5] == [
        "번호가 확인되지 않습니다. 지역 번호부터 다시 눌러 주십시오.",
        "괜찮습니다. 삐 소리가 나면 전화받으실 번호를 말씀해 주십시오.",
    ]
    assert call.of(Record)[-1] == Record(take=2, max_s=30, silence_s=4)
    assert call.kept[Field.NUMBER_SPOKEN] == "2"
    assert (call.memo.take, call.memo.number_spoken_take) == (1, 2)
    assert call.heard[-1] == GOODBYE


def test_a_spoken_number_may_stay_out_too() -> None:
    call = line(caller=WITHHELD).act(SPOKE, "1", "5#", "5#", NOTHING).to_the_end()
    assert call.heard[-1].startswith("담당자에게 꼭 전하겠습니다. 번호를 남기지 않으셨으면")


def test_a_local_number_gets_the_offices_area() -> None:
    call = line().act(SPOKE, "1", "2", "3302291#", "1", DROPPED)
    assert call.memo.number == classify("033-330-2291")


def test_keys_of_a_number() -> None:
    """DTM-01 a–f."""
    typing = line().act(SPOKE, "1", "2")
    typing.hear_out()
    assert typing.waiting == CollectKeys(15, 8, 6, "#")
    typing.act("0100")
    assert typing.waiting == CollectKeys(11, 6, 6, "#"), "a pause of 4 s cuts nothing (c)"
    typing.act("0001234")
    assert typing.waiting == CollectKeys(4, 2, 6, "#"), "a whole mobile number waits less (b)"
    typing.act(SILENCE)
    assert typing.abouts[-1] == "memo-number-confirm"


def test_one_press_told_three_times_is_one_press() -> None:
    """DTM-01 d and e: the same key within 60 ms is one press, 250 ms apart are two."""
    call = line().act(SPOKE, "1", "2", "010111122")
    call.key("5")
    call.key("5", 20)
    call.key("5", 40)
    assert call.menu.digits == "0101111225"
    call.key("5", 250)
    assert call.menu.digits == "01011112255"


def test_a_doubled_press_of_a_choice_chooses_once() -> None:
    call = line().act(SPOKE)
    call.hear_out()
    call.key("1")
    before = len(call.effects)
    call.key("1", 60)
    assert (call.abouts[-1], len(call.effects)) == ("memo-number-keep", before)


def test_the_star_begins_a_number_anew_and_a_second_hash_is_no_mistake() -> None:
    call = line().act(SPOKE, "1", "2", "0109*", "01011112222##", "1", DROPPED)
    assert call.memo.number == classify("010-1111-2222")
    assert "key-wrong" not in " ".join(call.heard)


@pytest.mark.parametrize("about", ["open", "kept"])
def test_zero_is_a_person(about: str) -> None:
    call = line()
    if about == "open":
        call.key("0")
    else:
        call.act(SPOKE, "0")
    call.hear_out()
    assert call.heard[-1] == "직원에게 연결해 드리겠습니다. 잠시만 기다려 주십시오."
    assert call.waiting == ConnectPerson(Person.OPERATOR)
    call.tell(f.PersonReached())
    assert call.memo.ending is Ending.PERSON
    assert call.memo.take == (1 if about == "kept" else 0)


def test_a_lone_zero_for_a_number_is_a_person() -> None:
    call = line().act(SPOKE, "1", "2", "0", SILENCE)
    assert call.abouts[-1] == "key-person"


def test_words_to_a_person_are_heard_out() -> None:
    call = line()
    call.key("0")
    assert isinstance(call.waiting, Play)
    assert not call.waiting.interruptible


def test_who_reaches_nobody_is_not_lost() -> None:
    call = line()
    call.key("0")
    call.act(f.PersonNotReached(), SPOKE)
    assert call.heard[-2].startswith("지금은 연결이 어렵습니다. 죄송합니다. | 삐 소리가 나면 성함과")
    assert call.heard[-1].endswith("다시 들으시려면 별표를 눌러 주십시오.")
    after = line().act(SPOKE, "0", f.PersonNotReached()).to_the_end()
    assert after.heard[-1] == f"지금은 연결이 어렵습니다. 죄송합니다. | {GOODBYE}"
    assert after.memo.take == 1


def test_three_wrong_keys_lead_to_a_person_in_hours() -> None:
    call = line().act(SPOKE, "7", "8", "9").to_the_end()
    assert call.heard[2].startswith("없는 번호입니다. 다시 눌러 주십시오. | 잘 남겨졌습니다.")
    assert call.abouts[-1] == "key-person"
    assert call.waiting == ConnectPerson(Person.OPERATOR)


def test_wrong_keys_are_counted_in_a_row() -> None:
    call = line().act(SPOKE, "7", "8", "1", "9", "9")
    assert call.abouts[-1] == "memo-number-keep"


def test_the_star_repeats() -> None:
    call = line().act(SPOKE, "*").to_the_end()
    assert call.heard[1:] == [KEPT, KEPT]


def test_closed_the_urgent_way_comes_first_and_leads_to_the_duty_desk() -> None:
    call = line(closed=Closed.NIGHT)
    assert call.heard == [
        (
            "평창군청입니다. 지금은 근무시간이 아닙니다. 급한 일은 영번,"
            " 용건을 남기시려면 일번을 눌러 주십시오. | 내일 오전 아홉 시부터 전화를 받습니다."
        )
    ]
    call.act("0").to_the_end()
    assert call.heard[-1] == "당직 근무자에게 연결하겠습니다. 잠시만 기다려 주십시오."
    assert call.waiting == ConnectPerson(Person.DUTY_DESK)


def test_closed_a_message_is_promised_for_the_next_working_day() -> None:
    call = line(closed=Closed.DAY_OFF).act("1", SPOKE, SILENCE, SILENCE).to_the_end()
    assert call.heard[0].startswith("평창군청입니다. 오늘은 쉬는 날입니다.")
    assert call.heard[1].startswith("삐 소리가 나면 성함과 용건을")
    assert call.heard[2].endswith("다시 들으시려면 별표, 당직 근무자와 통화하시려면 영번을 눌러 주십시오.")
    assert call.heard[-1] == "내일 오전 열 시까지 전화드리겠습니다. 안녕히 계십시오."


@pytest.mark.parametrize("acts", [[SILENCE], ["7", "8", "9"]])
def test_closed_who_presses_nothing_or_nonsense_comes_to_the_tone(acts: list[str]) -> None:
    call = line(closed=Closed.LUNCH).act(*acts, SPOKE, DROPPED)
    assert call.heard[0].startswith("지금은 점심시간입니다. | 내일 오전 아홉 시부터 전화를 받습니다.")
    assert "번호를 누르지 않으셔도 됩니다. 삐 소리가 나면 말씀해 주십시오." in call.heard
    assert call.memo.take == 1


@pytest.mark.parametrize("closed", [None, Closed.NIGHT])
def test_a_person_who_was_tried_before_the_menu_is_not_offered_again(closed: Closed | None) -> None:
    call = Line().act(replace(began(closed=closed), person_tried=True), "0", SPOKE)
    assert call.abouts[:2] == ["memo-open", "memo-kept"]
    assert call.heard[0].startswith("지금은 연결이 어렵습니다.")
    assert call.of(ConnectPerson) == []


def test_a_recording_is_as_long_as_the_office_allows() -> None:
    call = Line().act(replace(began(), longest_s=60, silence_s=7)).to_the_end()
    assert call.of(Record) == [Record(take=1, max_s=60, silence_s=7)]


def test_without_a_person_zero_leads_to_the_tone_and_is_not_offered() -> None:
    call = line(closed=Closed.NIGHT, has_person=False).act("0", SPOKE).to_the_end()
    assert call.abouts[1] == "key-speak"
    assert call.heard[-1].endswith("다시 들으시려면 별표를 눌러 주십시오.")


def test_an_open_callback_is_told_without_any_detail_of_it() -> None:
    call = line(open_callback_due=kst(25, 14, 41)).act("1", SPOKE, DROPPED)
    assert call.heard[0].startswith("먼저 남기신 용건으로 오늘 오후 두 시 오십 분까지 전화드리겠습니다.")
    assert call.abouts == ["memo-again", "memo-open", "memo-kept"]


def test_who_rings_again_and_leaves_nothing_hears_his_old_promise() -> None:
    call = line(open_callback_due=kst(25, 14, 41)).act(SILENCE, NOTHING, NOTHING).to_the_end()
    assert call.heard[-1].startswith("오늘 오후 두 시 오십 분까지 전화드리겠습니다.")


def test_a_promise_that_is_broken_is_not_said_again() -> None:
    call = line(open_callback_due=kst(25, 13))
    assert call.abouts == ["memo-open"]


def test_a_take_whose_end_nobody_told_is_kept() -> None:
    call = line()
    call.hear_out()
    call.tell(f.HungUp())
    assert call.memo.take == 1
    assert call.kept == {Field.RECORDING: "1"}


def test_a_hang_up_after_silence_leaves_the_number_alone() -> None:
    call = line().act(NOTHING)
    call.tell(f.HungUp())
    assert (call.memo.take, call.memo.number) == (0, CALLER)


def test_a_hang_up_in_a_spoken_number_keeps_what_may_be_in_it() -> None:
    call = line(caller=WITHHELD).act(SPOKE, "1", "5#", "5#")
    call.hear_out()
    call.tell(f.HungUp())
    assert call.memo.number_spoken_take == 2
    assert call.kept[Field.NUMBER_SPOKEN] == "2"


def test_a_hang_up_at_once_is_a_missed_call() -> None:
    call = Line()
    call.tell(f.HungUp())
    assert call.memo.number is None
    at_once = line()
    at_once.tell(f.HungUp())
    assert (at_once.memo.number, at_once.memo.take) == (CALLER, 0)


def test_no_number_is_printed() -> None:
    call = line().act(SPOKE, "1", "2", "01011112222#")
    told = [repr(call.menu), *(repr(effect) for effect in call.effects), repr(f.KeyPressed("7", 1))]
    assert not [
        text for text in told if "1111" in text or "9876" in text or "'7'" in text or "digit/" in text
    ]


def test_the_facts_of_a_caller_from_abroad_count_as_a_number() -> None:
    abroad = classify("+12025550100")
    assert abroad.kind is NumberKind.INTERNATIONAL
    call = line(caller=abroad).act(SPOKE, DROPPED)
    assert call.memo.number == abroad
    assert KeepField(Field.RECORDING, "1") in call.effects
