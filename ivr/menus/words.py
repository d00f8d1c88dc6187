"""What the memo menu says, and how a sentence with slots falls apart into files made ahead of time.

Owns the built-in sentences (an office may replace each by `words.texts` in charter.toml) and their shape.
Sentences are cut between words only: a particle stays with its slot, so no file begins with one. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from string import ascii_lowercase

from ivr.menus.desk_words import TEXTS as DESK_TEXTS

TEXTS: Mapping[str, str] = {
    "memo-open": "{duty} 담당자가 지금 자리에 없습니다. 삐 소리가 나면 성함과 용건을 말씀해 주십시오."
    " 말씀을 마치고 그냥 끊으셔도 됩니다.",
    "memo-open-closed": "삐 소리가 나면 성함과 용건을 말씀해 주십시오. 말씀을 마치고 그냥 끊으셔도 됩니다.",
    "memo-nonumber": "번호가 표시되지 않아 전화를 드릴 수 없습니다."
    " 말씀하실 때 전화번호도 함께 남겨 주십시오.",
    "memo-again": "먼저 남기신 용건으로 {when}까지 전화드리겠습니다."
    " 더 하실 말씀이 있으면 1번을 눌러 주십시오.",
    "memo-empty": "말씀이 들리지 않았습니다. 삐 소리가 나면 한 번 더 말씀해 주십시오.",
    "memo-kept": "잘 남겨졌습니다. {when}까지 전화드리겠습니다. 이대로 끊으셔도 됩니다."
    " 전화받을 번호나 시간을 정하시려면 1번, 다시 말씀하시려면 2번을 눌러 주십시오.",
    "memo-kept-nonumber": "잘 남겨졌습니다. 이대로 끊으셔도 됩니다."
    " 전화받을 번호를 누르시려면 1번, 다시 말씀하시려면 2번을 눌러 주십시오.",
    "memo-number-keep": "지금 거신 번호로 전화드리겠습니다. 괜찮으시면 1번, 다른 번호는 2번을 눌러 주십시오.",
    "memo-number-ask": "전화받으실 번호를 천천히 누르시고, 끝나면 우물 정자를 눌러 주십시오.",
    "memo-number-confirm": "{number}번이 맞으면 1번, 다시 누르시려면 2번을 눌러 주십시오.",
    "memo-number-bad": "번호가 확인되지 않습니다. 지역 번호부터 다시 눌러 주십시오.",
    "memo-number-speak": "괜찮습니다. 삐 소리가 나면 전화받으실 번호를 말씀해 주십시오.",
    "memo-when": "언제 전화드릴까요? 되도록 빨리 1번, {opt2} 2번, {opt3} 3번을 눌러 주십시오.",
    "memo-when-closed": "그때는 사무실이 쉽니다. {next_open} 이후에 전화드려도 괜찮으시면 1번,"
    " 다른 때는 2번을 눌러 주십시오.",
    "memo-reply": "전화를 받고 싶으시면 1번, 내용만 전하시려면 2번을 눌러 주십시오.",
    "memo-done": "{when}까지 전화드리겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오.",
    "memo-done-asked": "{when} 무렵에 전화드리겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오.",
    "memo-done-noreply": "담당자에게 꼭 전하겠습니다. 전화 주셔서 감사합니다. 안녕히 계십시오.",
    "memo-done-nonumber": "담당자에게 꼭 전하겠습니다. 번호를 남기지 않으셨으면 전화는 드릴 수 없습니다."
    " 전화 주셔서 감사합니다. 안녕히 계십시오.",
    "memo-done-nothing": "남기신 말씀과 번호가 없어 전화를 드릴 수 없습니다."
    " 필요하시면 다시 전화해 주십시오. 안녕히 계십시오.",
    "key-help": "다시 들으시려면 별표, 직원과 통화하시려면 0번을 눌러 주십시오.",
    "key-help-closed": "다시 들으시려면 별표, 당직 근무자와 통화하시려면 0번을 눌러 주십시오.",
    "key-help-alone": "다시 들으시려면 별표를 눌러 주십시오.",
    "key-none": "천천히 하셔도 됩니다. 다시 안내해 드리겠습니다.",
    "key-wrong": "없는 번호입니다. 다시 눌러 주십시오.",
    "key-person": "직원에게 연결해 드리겠습니다. 잠시만 기다려 주십시오.",
    "key-speak": "번호를 누르지 않으셔도 됩니다. 삐 소리가 나면 말씀해 주십시오.",
    "person-none": "지금은 연결이 어렵습니다. 죄송합니다.",
    "duty-connect": "당직 근무자에게 연결하겠습니다. 잠시만 기다려 주십시오.",
    "closed-night": "{office}입니다. 지금은 근무시간이 아닙니다."
    " 급한 일은 0번, 용건을 남기시려면 1번을 눌러 주십시오. {next_open}부터 전화를 받습니다.",
    "closed-lunch": "지금은 점심시간입니다. {next_open}부터 전화를 받습니다."
    " 용건을 남기시려면 1번을 눌러 주십시오.",
    "closed-holiday": "{office}입니다. 오늘은 쉬는 날입니다."
    " 급한 일은 0번, 용건을 남기시려면 1번을 눌러 주십시오. {next_open}부터 전화를 받습니다.",
    "closed-done": "{when}까지 전화드리겠습니다. 안녕히 계십시오.",
    **DESK_TEXTS,
}

MOMENT_PARTICLES: Mapping[str, str] = {"": "", "까지": "-until", "부터": "-from"}
"""Particles that times are made with, and how their files end."""

NUMBER_PARTICLES: Mapping[str, str] = {"번이": "-end"}
"""Particles that the last digit of a telephone number is made with."""

_SLOT = re.compile(r"\{(when|next_open|opt2|opt3|number|duty|received|memos|callbacks)\}([가-힣]*)")


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of fixed words: the file `name` and its text."""

    name: str
    text: str

    @property
    def ends_a_phrase(self) -> bool:
        """Whether a listener expects a breath after it."""
        return self.text[-1] in ".?,"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is filled in the call from parts, with the particle that stays with it."""

    name: str
    particle: str


def split(key: str, text: str) -> tuple[Words | Slot, ...]:
    """The pieces of sentence `key` in order. Files are `menu/KEY`, or `menu/KEY.a`, `.b` … around slots."""
    slots = [Slot(name, particle) for name, particle in _SLOT.findall(text)]
    if not slots:
        return (Words(f"menu/{key}", text),)
    # split() gives the words and the two groups of each slot in turn
    stretches = [stretch.strip() for stretch in _SLOT.split(text)[::3]]
    letters = iter(ascii_lowercase)
    pieces: list[Words | Slot] = []
    for stretch, slot in zip_longest(stretches, slots):
        if stretch:
            pieces.append(Words(f"menu/{key}.{next(letters)}", stretch))
        if slot:
            pieces.append(slot)
    return tuple(pieces)


SHAPES: Mapping[str, tuple[Words | Slot, ...]] = {key: split(key, text) for key, text in TEXTS.items()}
"""Every sentence in its pieces, with the built-in words."""
