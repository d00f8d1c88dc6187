"""Where each key, silence and recording leads: the moves of the memo menu.

Owns the choices of every node (`ASKS`) and what is kept of them. Pure; a move takes the menu and never fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.menus.asks import preface, promise, words_of
from ivr.menus.effects import (
    PAUSE,
    CollectKeys,
    ConnectPerson,
    Done,
    Ending,
    Field,
    KeepField,
    Memo,
    Person,
    Play,
    Record,
)
from ivr.menus.pieces import Names, told
from ivr.menus.state import ENTRY, Menu, Node, Phase, Step
from office.phone_number import NumberKind, PhoneNumber, classify

Move = Callable[[Menu], Step]

ANSWER_S = 8
"""How long a citizen may think before a key."""

DIGIT_S = 6
"""How long between two digits: reading a number from a slip of paper takes time (DTM-01 c)."""

WHOLE_S = 2
"""How long after the eleventh digit of a mobile number, which cannot have a twelfth (DTM-01 b)."""

MAX_DIGITS = 15
NUMBER_S = 30
WRONG_KEYS = 3
BAD_NUMBERS = 2

_HEARD_OUT = (Node.PERSON, Node.GOODBYE)
_CALLABLE = (NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.SAFE, NumberKind.REPRESENTATIVE)
# a call to 060 is charged to the office
_PREMIUM = "060"


@dataclass(frozen=True, slots=True)
class Ask:
    """One node: what follows its words, where its keys lead, what follows more than `patience` silences."""

    then: Move
    keys: Mapping[str, Move]
    unanswered: Move
    patience: int = 1


def go(menu: Menu, node: Node, first: str = "") -> Step:
    """Say the words of `node`, after sentence `first` if given. After too many rounds it is goodbye."""
    if menu.left <= 0 and node not in _HEARD_OUT:
        node, first = Node.GOODBYE, ""
    phase = Phase.TELLING if node in _HEARD_OUT else Phase.SAYING
    there = replace(menu, node=node, phase=phase, left=menu.left - 1, digits="")
    if node in (Node.KEPT, Node.GOODBYE) and (promised := promise(there)):
        there = replace(there, memo=replace(there.memo, promised_at=told(promised)))
    names = preface(there, first) if first else words_of(there)
    return Step(there, (Play(node.value, _without_last_pause(names), phase is Phase.SAYING),))


def _without_last_pause(names: Names) -> Names:
    return names[:-1] if names[-1:] == (PAUSE,) else names


def listen(menu: Menu) -> Step:
    """Wait for a choice, or for the digits of a number."""
    keys = (
        CollectKeys(MAX_DIGITS, ANSWER_S, DIGIT_S, "#")
        if menu.node in ENTRY
        else CollectKeys(1, ANSWER_S, ANSWER_S)
    )
    return Step(replace(menu, phase=Phase.LISTENING), (keys,))


def record(menu: Menu) -> Step:
    """The tone, then the citizen. Each take has a file of its own: a second one cannot harm the first."""
    take, call = menu.takes + 1, menu.call
    longest = NUMBER_S if menu.node is Node.NUMBER_SPEAK else call.longest_s
    return Step(replace(menu, phase=Phase.RECORDING, takes=take), (Record(take, longest, call.silence_s),))


def leave_word(menu: Menu) -> Step:
    """To the message; who has an open callback hears first what he was promised."""
    return go(menu, Node.AGAIN if menu.call.still_promised else Node.OPEN)


def speak(menu: Menu) -> Step:
    """Keys did not help: he may simply speak, or has spoken and is done."""
    return finish(menu) if menu.memo.take else go(menu, Node.SPEAK)


def person(menu: Menu) -> Step:
    """To the operator or the duty desk, once."""
    return go(menu, Node.PERSON) if menu.offers_person else speak(menu)


def connect(menu: Menu) -> Step:
    """The words are said; the driver rings."""
    whom = Person.OPERATOR if menu.call.is_open else Person.DUTY_DESK
    return Step(replace(menu, phase=Phase.CONNECTING), (ConnectPerson(whom),))


def not_reached(menu: Menu) -> Step:
    """Nobody there either: back to the message, or to goodbye if he has left one."""
    tried = replace(menu, person_tried=True)
    return go(tried, Node.GOODBYE, "person-none") if tried.memo.take else go(tried, Node.OPEN)


def recorded(menu: Menu, seconds: float, *, silent: bool) -> Step:
    """A take ended: keep it; ask once more if nothing was heard."""
    if menu.node is Node.NUMBER_SPEAK:
        return _number_spoken(menu, silent=silent)
    if not silent:
        memo = replace(menu.memo, take=menu.takes, seconds=seconds)
        return go(replace(menu, memo=memo), Node.KEPT).after(_kept(Field.RECORDING, menu.takes))
    if menu.memo.take:
        return go(menu, Node.KEPT)
    if not menu.heard_nothing:
        return go(replace(menu, heard_nothing=True), Node.EMPTY)
    return finish(menu) if menu.memo.can_call else ask_number(menu)


def _number_spoken(menu: Menu, *, silent: bool) -> Step:
    if silent:
        return ask_when(menu) if menu.memo.can_call else finish(menu)
    memo = replace(menu.memo, number_spoken_take=menu.takes)
    return ask_when(replace(menu, memo=memo)).after(_kept(Field.NUMBER_SPOKEN, menu.takes))


def set_number(menu: Menu) -> Step:
    """The number he calls from, unless there is none."""
    return go(menu, Node.NUMBER_KEEP) if menu.memo.number else ask_number(menu)


def ask_number(menu: Menu) -> Step:
    """Another number, by key."""
    return go(menu, Node.NUMBER_ASK)


def digit(menu: Menu, key: str) -> Step:
    """One key of a number: # ends it, * begins it anew."""
    if key == "*":
        return ask_number(menu)
    if key == "#":
        return judge(menu)
    typed = replace(menu, phase=Phase.LISTENING, digits=menu.digits + key)
    if len(typed.digits) >= MAX_DIGITS:
        return judge(typed)
    pause = WHOLE_S if _number(typed).kind is NumberKind.MOBILE else DIGIT_S
    return Step(typed, (CollectKeys(MAX_DIGITS - len(typed.digits), pause, DIGIT_S, "#"),))


def judge(menu: Menu) -> Step:
    """The number is typed: read it back, or ask again, or let him say it. A lone 0 wants a person."""
    if menu.digits == "0":
        return person(menu)
    found = _number(menu)
    if found.kind in _CALLABLE and not found.reveal().startswith(_PREMIUM):
        keyed = replace(menu, memo=replace(menu.memo, number_keyed=found), bad_numbers=0)
        return go(keyed, Node.NUMBER_CONFIRM).after(KeepField(Field.NUMBER_KEYED, found.reveal()))
    tried = replace(menu, bad_numbers=menu.bad_numbers + 1)
    return go(tried, Node.NUMBER_SPEAK if tried.bad_numbers >= BAD_NUMBERS else Node.NUMBER_BAD)


def _number(menu: Menu) -> PhoneNumber:
    return classify(menu.digits, area=menu.call.area, extension_digits=0)


def confirm(menu: Menu) -> Step:
    """The number read back is right; only now is it one to call (DTM-01)."""
    found = menu.memo.number_keyed
    if found is None:
        return ask_number(menu)
    memo = replace(menu.memo, number=found, number_keyed=None)
    return ask_when(replace(menu, memo=memo)).after(KeepField(Field.NUMBER, found.reveal()))


def retype(menu: Menu) -> Step:
    """He says that it is wrong: it is taken back."""
    without = replace(menu, memo=replace(menu.memo, number_keyed=None))
    return ask_number(without).after(KeepField(Field.NUMBER_KEYED, ""))


def ask_when(menu: Menu) -> Step:
    """The time, where the calendar gave moments to choose from."""
    return go(menu, Node.WHEN) if len(menu.call.choices) > 1 else ask_reply(menu)


def _choose(index: int) -> Move:
    def choose(menu: Menu) -> Step:
        choice = menu.call.choices[index]
        if choice.open_from is None:
            return _ask_for(menu, choice.at)
        return go(replace(menu, choice=choice), Node.WHEN_CLOSED)

    return choose


def take_opening(menu: Menu) -> Step:
    """The office is shut at the chosen moment; when it opens is fine with him."""
    opens = menu.choice.open_from if menu.choice else None
    return _ask_for(menu, opens) if opens else ask_when(menu)


def _ask_for(menu: Menu, at: datetime) -> Step:
    asked = replace(menu, memo=replace(menu.memo, asked_at=at))
    return finish(asked).after(KeepField(Field.ASKED_AT, at.isoformat()))


def ask_reply(menu: Menu) -> Step:
    """Whether a reply is wanted; who gave a number for it has answered that."""
    given = menu.memo.number != menu.call.caller or menu.memo.number_spoken_take
    return finish(menu) if given else go(menu, Node.REPLY)


def _reply(*, wanted: bool) -> Move:
    kept = KeepField(Field.REPLY_WANTED, "yes" if wanted else "no")

    def reply(menu: Menu) -> Step:
        return finish(replace(menu, memo=replace(menu.memo, reply_wanted=wanted))).after(kept)

    return reply


def finish(menu: Menu) -> Step:
    """Say what will happen, and goodbye."""
    return go(menu, Node.GOODBYE)


def end(menu: Menu, ending: Ending) -> Step:
    """The menu is over, with what there is."""
    memo = replace(menu.memo, ending=ending)
    return Step(replace(menu, phase=Phase.ENDED, memo=memo), (Done(memo),))


def say_goodbye(menu: Menu) -> Step:
    """He heard the last words."""
    return end(menu, Ending.GOODBYE)


def cut_off(menu: Menu) -> Step:
    """He hung up. A take whose end nobody told is kept: perhaps it holds his words."""
    if menu.phase is not Phase.RECORDING:
        return end(menu, Ending.HUNG_UP)
    if menu.node is Node.NUMBER_SPEAK:
        memo, name = replace(menu.memo, number_spoken_take=menu.takes), Field.NUMBER_SPOKEN
    elif menu.memo.take:
        return end(menu, Ending.HUNG_UP)
    else:
        memo, name = replace(menu.memo, take=menu.takes), Field.RECORDING
    return end(replace(menu, memo=memo), Ending.HUNG_UP).after(_kept(name, menu.takes))


def _kept(name: Field, take: int) -> KeepField:
    return KeepField(name, str(take))


def first_memo(caller: PhoneNumber) -> Memo:
    """What is known of the memo before a word is said."""
    unknown = caller.kind in (NumberKind.WITHHELD, NumberKind.UNREADABLE)
    return Memo(number=None if unknown else caller)


_TONE_NEXT: Mapping[str, Move] = {"1": record, "#": record}

ASKS: Mapping[Node, Ask] = {
    # nothing keyed leads to the tone at once: pressing is not what a message needs
    Node.CLOSED: Ask(listen, {"1": leave_word}, speak, patience=0),
    Node.AGAIN: Ask(listen, {"1": lambda menu: go(menu, Node.OPEN)}, speak, patience=0),
    Node.OPEN: Ask(record, _TONE_NEXT, record),
    Node.EMPTY: Ask(record, _TONE_NEXT, record),
    Node.SPEAK: Ask(record, _TONE_NEXT, record),
    Node.KEPT: Ask(listen, {"1": set_number, "2": lambda menu: go(menu, Node.SAY_AGAIN)}, finish),
    Node.SAY_AGAIN: Ask(record, _TONE_NEXT, record),
    Node.NUMBER_KEEP: Ask(listen, {"1": ask_when, "2": ask_number}, finish),
    Node.NUMBER_ASK: Ask(listen, {}, finish),
    Node.NUMBER_BAD: Ask(listen, {}, finish),
    Node.NUMBER_CONFIRM: Ask(listen, {"1": confirm, "2": retype}, finish),
    Node.NUMBER_SPEAK: Ask(record, _TONE_NEXT, record),
    Node.WHEN: Ask(listen, {"1": ask_reply, "2": _choose(0), "3": _choose(1)}, finish),
    Node.WHEN_CLOSED: Ask(listen, {"1": take_opening, "2": ask_when}, finish),
    Node.REPLY: Ask(listen, {"1": _reply(wanted=True), "2": _reply(wanted=False)}, finish),
    Node.PERSON: Ask(connect, {}, connect),
    Node.GOODBYE: Ask(say_goodbye, {}, say_goodbye),
}
"""Every node. 0, * and # mean the same everywhere but in a number and are not listed (`memo._key`)."""
