"""The desk menu: memos, callbacks, absence and gist by telephone alone. `advance(menu, fact)`, pure.

The rule of the menu: whatever he hears he can stop by the key he wants, `*` says it again, `0` and `#` end
it, and silence ends it too, after the second asking. Theory of operation:

- A *phase* is what the line or memo_service is doing; the table below says what a fact does in it. Every pair
  moves, stays or is an anomaly, and an anomaly never ends a menu.
- A *node* is what he is asked; `_NODES` lists its keys and words.
- Whatever is refused or cannot be reached is said, and the menu goes on from where he was.
- An act is asked of memo_service once; the menu tells what came of it before it goes on. A hang-up takes back
  nothing that was asked.
- It speaks at most `BUDGET` times, so no way through it is endless.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ivr.menus import desk_talk as t
from ivr.menus import facts as f
from ivr.menus.desk_state import DeskMenu, Node, Phase, Step
from ivr.menus.desk_words import REFUSALS, TO_CONFIRM, earlier
from ivr.menus.effects import CollectKeys, NoteAnomaly, Play
from ivr.menus.pieces import Names, count, moment, say
from office.phone_codes import DeskWish

ANSWER_S = 8.0
PIN_DIGIT_S = 5.0
PIN_LONGEST = 8
PIN_TRIES = 3
SAME_PRESS_MS = 60
_PATIENCE = 1
_ENDING = ("0", "#")


Rule = Callable[[DeskMenu, Any], Step]
Move = Callable[[DeskMenu], Step]

# ---------------------------------------------------------------- moves


def _say(menu: DeskMenu, node: Node, *, before: Names = ()) -> Step:
    """Ask what `node` asks, after the words `before`."""
    if menu.left <= 0:
        return _leave(menu)
    at = replace(menu, phase=Phase.SAYING, node=node, left=menu.left - 1)
    return Step(at, (Play(node.value, before + _NODES[node].words(at)),))


def _leave(menu: DeskMenu, *words: str) -> Step:
    """The last words."""
    said = tuple(name for key in words or ("phone-end",) for name in say(key))
    return Step(replace(menu, phase=Phase.LEAVING), (Play("end", said, interruptible=False),))


def _finish(menu: DeskMenu) -> Step:
    return Step(replace(menu, phase=Phase.ENDED), (t.Finish(),))


def _look(menu: DeskMenu) -> Step:
    return Step(replace(menu, phase=Phase.LOOKING), (t.Look(),))


def _listen(menu: DeskMenu) -> Step:
    wait_s = PIN_DIGIT_S if menu.node is Node.PIN else ANSWER_S
    return Step(replace(menu, phase=Phase.LISTENING), (CollectKeys(1, wait_s, wait_s),))


def _carry(act: str, item: str, *, confirmed: bool = False) -> Move:
    def move(menu: DeskMenu) -> Step:
        asked = t.Carry(act, item, confirmed=confirmed)
        return Step(replace(menu, phase=Phase.CARRYING, act=asked), (asked,))

    return move


def _hear(menu: DeskMenu) -> Step:
    """After an item's head, the item itself."""
    if menu.left <= 0:
        return _leave(menu)
    if menu.item.sound == "none":
        return _say(menu, Node.AFTER_ITEM, before=say("phone-item-none"))
    return Step(replace(menu, phase=Phase.HEARING, left=menu.left - 1), (t.Hear(menu.item.memo),))


def _gist(menu: DeskMenu) -> Step:
    return Step(replace(menu, phase=Phase.HEARING), (t.Hear(),))


def _to_item(at: int) -> Move:
    def move(menu: DeskMenu) -> Step:
        if at >= len(menu.desk.items):
            return _leave(menu, "phone-no-more", "phone-end")
        return _say(replace(menu, at=at), Node.ITEM)

    return move


def _next(menu: DeskMenu) -> Step:
    return _to_item(menu.at + 1)(menu)


def _call_first(menu: DeskMenu) -> Step:
    """Call the one that is due first: memo_service lists it first."""
    first = next(n for n, item in enumerate(menu.desk.items) if item.callback)
    return _call(replace(menu, at=first))


def _call(menu: DeskMenu) -> Step:
    return _carry("call", menu.item.callback or "")(menu)


# ---------------------------------------------------------------- words and keys


def _counts(menu: DeskMenu) -> Names:
    desk = menu.desk
    if desk.memos and desk.callbacks:
        told = say("phone-memos", memos=count(desk.memos), callbacks=count(desk.callbacks))
    elif desk.callbacks:
        told = say("phone-callbacks-only", callbacks=count(desk.callbacks))
    else:
        told = say("phone-memos-only", memos=count(max(desk.memos, 1)))
    return told + say("phone-choose" if _has_callback(menu) else "phone-choose-hear")


def _has_callback(menu: DeskMenu) -> bool:
    return any(item.callback for item in menu.desk.items)


def _item(menu: DeskMenu) -> Names:
    item, now = menu.item, menu.desk.now
    told = say("phone-item", received=moment(earlier(item.received_at), now))
    return told + (say("phone-item-due", when=moment(earlier(item.due_at), now)) if item.due_at else ())


def _after_item(menu: DeskMenu) -> Names:
    return say("phone-item-keys-call" if menu.item.callback else "phone-item-keys")


def _last(menu: DeskMenu) -> Names:
    return say("phone-last-callback" if menu.desk.last_kind == "callback" else "phone-last")


def _fixed(key: str) -> Callable[[DeskMenu], Names]:
    return lambda _: say(key)


def _item_keys(menu: DeskMenu) -> Mapping[str, Move]:
    item = menu.item
    keys: dict[str, Move] = {"1": _next, "2": _to_item(menu.at), "4": _carry("acted", item.memo)}
    if item.callback:
        keys |= {"3": _call, "5": _carry("hand_over", item.callback)}
    return keys


def _count_keys(menu: DeskMenu) -> Mapping[str, Move]:
    keys: dict[str, Move] = {"1": _to_item(0)}
    return keys | {"2": _call_first} if _has_callback(menu) else keys


def _last_keys(menu: DeskMenu) -> Mapping[str, Move]:
    item = menu.desk.last_id
    if menu.desk.last_kind == "callback":
        return {"1": _carry("reached", item), "2": _carry("not_reached", item)}
    return {"1": _carry("done", item), "2": _carry("follow_up", item), "3": _carry("follow", item)}


def _away_keys(_: DeskMenu) -> Mapping[str, Move]:
    return {"1": _carry("away_hour", ""), "2": _carry("away_afternoon", ""), "3": _carry("away_today", "")}


def _visitor_keys(_: DeskMenu) -> Mapping[str, Move]:
    return {
        "1": _carry("visitor_helped", ""),
        "2": _carry("visitor_left", ""),
        "3": _carry("visitor_mistake", ""),
    }


def _confirm_keys(menu: DeskMenu) -> Mapping[str, Move]:
    return {"1": _carry(menu.act.act, menu.act.item, confirmed=True)}


def _no_keys(_: DeskMenu) -> Mapping[str, Move]:
    return {}


class _Asked(NamedTuple):
    words: Callable[[DeskMenu], Names]
    keys: Callable[[DeskMenu], Mapping[str, Move]]
    then: Move = _listen


_NODES: Mapping[Node, _Asked] = {
    Node.PIN: _Asked(_fixed("phone-pin"), _no_keys),
    Node.COUNTS: _Asked(_counts, _count_keys),
    Node.ITEM: _Asked(_item, _item_keys, _hear),
    Node.AFTER_ITEM: _Asked(_after_item, _item_keys),
    Node.CONFIRM: _Asked(_fixed("phone-confirm"), _confirm_keys),
    Node.LAST: _Asked(_last, _last_keys),
    Node.AWAY: _Asked(_fixed("phone-away-choose"), _away_keys),
    Node.VISITOR: _Asked(_fixed("phone-visitor"), _visitor_keys),
    Node.GIST: _Asked(_fixed("phone-gist"), _no_keys, _gist),
}


# ---------------------------------------------------------------- what each fact does


def _stay(menu: DeskMenu, _: t.Fact) -> Step:
    return Step(menu)


def _anomaly(menu: DeskMenu, fact: t.Fact) -> Step:
    return Step(menu, (NoteAnomaly(menu.phase.value, type(fact).__name__),))


def _begin(menu: DeskMenu, fact: t.Dialled) -> Step:
    begun = replace(menu, call=fact)
    if fact.pin and not fact.in_call:
        return _say(begun, Node.PIN)
    return _look(begun)


_STRAIGHT: Mapping[DeskWish, Node] = {
    DeskWish.AWAY: Node.AWAY,
    DeskWish.GIST: Node.GIST,
    DeskWish.VISITOR: Node.VISITOR,
}
"""What is asked at once, whatever waits."""


def _told(menu: DeskMenu, fact: t.Told) -> Step:
    known = replace(menu, desk=fact.desk)
    if not fact.desk.owned:
        return _leave(known, "phone-shared")
    wish = menu.call.wish
    if wish in _STRAIGHT:
        return _say(known, _STRAIGHT[wish])
    if wish is DeskWish.LAST:
        return _say(known, Node.LAST) if fact.desk.last_kind else _leave(known, "phone-last-none")
    return _say(known, Node.COUNTS) if fact.desk.items else _leave(known, "phone-nothing")


def _away_from(menu: DeskMenu, _: t.Unreached) -> Step:
    return _leave(menu, "phone-away-from")


def _said(menu: DeskMenu, _: f.PromptsPlayed) -> Step:
    return _NODES[menu.node].then(menu)


def _heard(menu: DeskMenu, _: f.PromptsPlayed) -> Step:
    return _finish(menu) if menu.node is Node.GIST else _say(menu, Node.AFTER_ITEM)


def _unheard(menu: DeskMenu, fact: t.Unheard) -> Step:
    no_voice = fact.why == "no_voice"
    if menu.node is Node.GIST:
        return _leave(menu, "phone-gist-page" if no_voice else "phone-gist-none")
    return _say(menu, Node.AFTER_ITEM, before=say("phone-on-page" if no_voice else "phone-not-heard"))


def _not_reached(menu: DeskMenu, _: t.Unreached) -> Step:
    """memo_service went away between two items, or while he listens."""
    if menu.node is Node.GIST:
        return _leave(menu, "phone-away-from")
    return _say(menu, Node.AFTER_ITEM, before=say("phone-not-heard"))


def _key(menu: DeskMenu, fact: f.KeyPressed) -> Step:
    last = menu.last_key
    if last and last[0] == fact.key and 0 <= fact.at_ms - last[1] <= SAME_PRESS_MS:
        return Step(menu)
    pressed = replace(menu, last_key=(fact.key, fact.at_ms), silences=0)
    if pressed.node is Node.PIN:
        return _pin_key(pressed, fact.key)
    if fact.key in _ENDING:
        return _leave(pressed)
    if fact.key == "*":
        return _say(pressed, Node.ITEM if pressed.node is Node.AFTER_ITEM else pressed.node)
    if move := _NODES[pressed.node].keys(pressed).get(fact.key):
        return move(pressed)
    return _say(pressed, _again(pressed), before=say("key-wrong"))


def _again(menu: DeskMenu) -> Node:
    """Where a wrong key leads: to the choice, not through the whole item once more."""
    return Node.AFTER_ITEM if menu.node is Node.ITEM else menu.node


def _pin_key(menu: DeskMenu, key: str) -> Step:
    """Digits, then #. Nothing is told of which one was wrong."""
    if key.isdigit() and len(menu.digits) < PIN_LONGEST:
        return _listen(replace(menu, digits=menu.digits + key))
    return _pin_whole(menu)


def _pin_whole(menu: DeskMenu) -> Step:
    if menu.digits == menu.call.pin:
        return _look(replace(menu, digits=""))
    tried = replace(menu, digits="", pins=menu.pins + 1)
    if tried.pins >= PIN_TRIES:
        return _leave(tried, "phone-pin-wrong")
    return _say(tried, Node.PIN, before=say("phone-pin-wrong"))


def _silence(menu: DeskMenu, _: f.KeysTimedOut) -> Step:
    if menu.node is Node.PIN and menu.digits:
        return _pin_whole(menu)
    if menu.silences >= _PATIENCE:
        return _leave(menu)
    return _say(replace(menu, silences=menu.silences + 1), menu.node)


def _carried(menu: DeskMenu, fact: t.Carried) -> Step:
    act = menu.act.act
    if act == "call":
        return _leave(menu, "phone-calling")
    if fact.until is not None:
        told = say("phone-away", when=moment(earlier(fact.until), menu.desk.now))
        return Step(replace(menu, phase=Phase.LEAVING), (Play("away", told, interruptible=False),))
    if menu.node in (Node.ITEM, Node.AFTER_ITEM):
        return _after_act(menu)
    return _leave(menu, "phone-done")


def _after_act(menu: DeskMenu) -> Step:
    """Saved; on to the next item, if there is one."""
    if menu.at + 1 >= len(menu.desk.items):
        return _leave(menu, "phone-done", "phone-no-more", "phone-end")
    return _say(replace(menu, at=menu.at + 1), Node.ITEM, before=say("phone-done"))


def _refused(menu: DeskMenu, fact: t.Refused) -> Step:
    if fact.code in TO_CONFIRM and not menu.act.confirmed:
        return _say(menu, Node.CONFIRM)
    return _go_on(menu, REFUSALS.get(fact.code, "phone-refused"))


def _act_unreached(menu: DeskMenu, _: t.Unreached) -> Step:
    """Whether it was carried out is not known here; the page shows it."""
    return _go_on(menu, "phone-away-from")


def _go_on(menu: DeskMenu, why: str) -> Step:
    """Why not, and back to the choice; an act that was the only thing asked for ends the menu."""
    if menu.call.wish is DeskWish.MEMOS:
        return _say(menu, Node.AFTER_ITEM, before=say(why))
    return _leave(menu, why, "phone-end")


def _hung_up(menu: DeskMenu, _: f.HungUp) -> Step:
    return _finish(menu)


KINDS: tuple[type[Any], ...] = (
    t.Dialled,
    t.Told,
    t.Unreached,
    t.Unheard,
    t.Carried,
    t.Refused,
    f.PromptsPlayed,
    f.KeyPressed,
    f.KeysTimedOut,
    f.HungUp,
)
"""Every kind of fact there is."""


def _phase(**rules: Rule) -> Mapping[type[Any], Rule]:
    named = {kind.__name__: kind for kind in KINDS}
    return {**dict.fromkeys(KINDS, _anomaly), **{named[name]: rule for name, rule in rules.items()}}


TABLE: Mapping[Phase, Mapping[type[Any], Rule]] = {
    Phase.NEW: _phase(Dialled=_begin, HungUp=_hung_up),
    Phase.LOOKING: _phase(Told=_told, Unreached=_away_from, KeyPressed=_stay, HungUp=_hung_up),
    Phase.SAYING: _phase(PromptsPlayed=_said, KeyPressed=_key, HungUp=_hung_up),
    Phase.HEARING: _phase(
        PromptsPlayed=_heard, KeyPressed=_key, Unheard=_unheard, Unreached=_not_reached, HungUp=_hung_up
    ),
    Phase.LISTENING: _phase(KeyPressed=_key, KeysTimedOut=_silence, HungUp=_hung_up),
    Phase.CARRYING: _phase(
        Carried=_carried, Refused=_refused, Unreached=_act_unreached, KeyPressed=_stay, HungUp=_hung_up
    ),
    Phase.LEAVING: _phase(PromptsPlayed=lambda menu, _: _finish(menu), KeyPressed=_stay, HungUp=_hung_up),
    Phase.ENDED: dict.fromkeys(KINDS, _stay),
}


def advance(menu: DeskMenu, fact: t.Fact) -> Step:
    """The menu after `fact`, and what follows from it. Pure; raises KeyError for a fact outside the table."""
    return TABLE[menu.phase][type(fact)](menu, fact)
