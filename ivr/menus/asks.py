"""What the citizen hears at each node, as names of prompt files.

Owns the choice of words: open or closed, with a number or without, who is behind key 0. Why an officer is
away is not known here, and the caller's own number is never said: `call.caller` is not read. Pure.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from ivr.menus.pieces import Names, duty, moment, number, say
from ivr.menus.state import Menu, Node
from office.events import Closed

_NOTICES = {Closed.NIGHT: "closed-night", Closed.LUNCH: "closed-lunch", Closed.DAY_OFF: "closed-holiday"}


def words_of(menu: Menu) -> Names:
    """What is said at the menu's node, without what went before (a wrong key, a silence)."""
    return _WORDS[menu.node](menu)


def preface(menu: Menu, key: str) -> Names:
    """`key`, then the node's own words again."""
    return say(key) + words_of(menu)


def promise(menu: Menu) -> datetime | None:
    """When he is told he will be called: the asked time, else the deadline; None if nobody will call."""
    call, memo = menu.call, menu.memo
    if not (memo.can_call and memo.reply_wanted):
        return None
    # who rang again and left nothing new has the promise he had
    earlier = None if memo.take else call.still_promised
    return memo.asked_at or earlier or call.when


def _fixed(key: str) -> Callable[[Menu], Names]:
    return lambda _: say(key)


def _closed(menu: Menu) -> Names:
    call = menu.call
    return say(_NOTICES[call.closed or Closed.NIGHT], next_open=moment(call.next_open, call.at))


def _again(menu: Menu) -> Names:
    call = menu.call
    return say("memo-again", when=moment(call.still_promised or call.when, call.at)) + _help(menu)


def _open(menu: Menu) -> Names:
    if menu.person_tried:
        said = say("person-none") + say("memo-open-closed")
    elif menu.call.is_open:
        said = say("memo-open", duty=duty(menu.call.department))
    else:
        said = say("memo-open-closed")
    return said + _spoken_number(menu)


def _say_again(menu: Menu) -> Names:
    return say("memo-open-closed") + _spoken_number(menu)


def _speak(menu: Menu) -> Names:
    return say("key-speak") + _spoken_number(menu)


def _spoken_number(menu: Menu) -> Names:
    """Last before the tone, so that it is still in his ear."""
    return () if menu.memo.can_call else say("memo-nonumber")


def _kept(menu: Menu) -> Names:
    promised = promise(menu)
    if promised is None:
        return say("memo-kept-nonumber") + _help(menu)
    return say("memo-kept", when=moment(promised, menu.call.at)) + _help(menu)


def _number_keep(menu: Menu) -> Names:
    return say("memo-number-keep") + _help(menu)


def _number_confirm(menu: Menu) -> Names:
    keyed = menu.memo.number_keyed
    return say("memo-number-confirm", number=number(keyed)) + _help(menu) if keyed else ()


def _when(menu: Menu) -> Names:
    second, third = (moment(choice.at, menu.call.at) for choice in menu.call.choices[:2])
    return say("memo-when", opt2=second, opt3=third) + _help(menu)


def _when_closed(menu: Menu) -> Names:
    opens = menu.choice.open_from if menu.choice else None
    return say("memo-when-closed", next_open=moment(opens or menu.call.next_open, menu.call.at)) + _help(menu)


def _reply(menu: Menu) -> Names:
    return say("memo-reply") + _help(menu)


def _person(menu: Menu) -> Names:
    return say("key-person" if menu.call.is_open else "duty-connect")


def _goodbye(menu: Menu) -> Names:
    promised = promise(menu)
    if not menu.memo.reply_wanted:
        return say("memo-done-noreply")
    if promised is None:
        return say("memo-done-nonumber" if menu.memo.take else "memo-done-nothing")
    said = moment(promised, menu.call.at)
    if menu.memo.asked_at:
        return say("memo-done-asked", when=said)
    return say("memo-done" if menu.call.is_open else "closed-done", when=said)


def _help(menu: Menu) -> Names:
    if not menu.offers_person:
        return say("key-help-alone")
    return say("key-help" if menu.call.is_open else "key-help-closed")


_WORDS: Mapping[Node, Callable[[Menu], Names]] = {
    Node.CLOSED: _closed,
    Node.AGAIN: _again,
    Node.OPEN: _open,
    Node.EMPTY: _fixed("memo-empty"),
    Node.SPEAK: _speak,
    Node.KEPT: _kept,
    Node.SAY_AGAIN: _say_again,
    Node.NUMBER_KEEP: _number_keep,
    Node.NUMBER_ASK: _fixed("memo-number-ask"),
    Node.NUMBER_BAD: _fixed("memo-number-bad"),
    Node.NUMBER_CONFIRM: _number_confirm,
    Node.NUMBER_SPEAK: _fixed("memo-number-speak"),
    Node.WHEN: _when,
    Node.WHEN_CLOSED: _when_closed,
    Node.REPLY: _reply,
    Node.PERSON: _person,
    Node.GOODBYE: _goodbye,
}
