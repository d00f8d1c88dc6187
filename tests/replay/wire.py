"""AMI events as bytes, for tests that say what the PBX sends. Times are seconds after an arbitrary moment."""

import time

BASE_US = 1_795_578_000_000_000
BRIDGE = "b-1"


def at_us(seconds: float) -> int:
    return BASE_US + round(seconds * 1_000_000)


def stamp(seconds: float) -> str:
    us = at_us(seconds)
    return f"{us // 1_000_000}.{us % 1_000_000:06}"


def event(name: str, seconds: float, **headers: str) -> bytes:
    lines = [f"Event: {name}", f"Timestamp: {stamp(seconds)}"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def newchannel(
    s: float, name: str, uid: str, linked: str = "", exten: str = "3001", caller: str = ""
) -> bytes:
    return event(
        "Newchannel", s, Channel=name, ChannelState="4", CallerIDNum=caller or "<unknown>",
        Exten=exten, Uniqueid=uid, Linkedid=linked or uid,
    )  # fmt: skip


def newstate(s: float, uid: str, state: int) -> bytes:
    return event("Newstate", s, ChannelState=str(state), Uniqueid=uid)


def ringing(s: float, uid: str) -> bytes:
    return newstate(s, uid, 5)


def up(s: float, uid: str) -> bytes:
    return newstate(s, uid, 6)


def dial_begin(s: float, uid: str, dest: str, dest_uid: str, state: int = 0) -> bytes:
    return event(
        "DialBegin", s, Uniqueid=uid, DestChannel=dest, DestChannelState=str(state), DestUniqueid=dest_uid
    )


def dial_state(s: float, uid: str, dest_uid: str, status: str) -> bytes:
    return event("DialState", s, Uniqueid=uid, DestUniqueid=dest_uid, DialStatus=status)


def dial_end(s: float, uid: str, dest_uid: str, status: str, forward: str = "") -> bytes:
    return event("DialEnd", s, Uniqueid=uid, DestUniqueid=dest_uid, DialStatus=status, Forward=forward)


def enter(s: float, uid: str, bridge: str = BRIDGE) -> bytes:
    return event("BridgeEnter", s, BridgeUniqueid=bridge, Uniqueid=uid)


def leave(s: float, uid: str, bridge: str = BRIDGE) -> bytes:
    return event("BridgeLeave", s, BridgeUniqueid=bridge, Uniqueid=uid)


def hangup_request(s: float, uid: str, channel: str = "PJSIP/x-1") -> bytes:
    return event("HangupRequest", s, Channel=channel, Uniqueid=uid, Cause="16")


def hangup(s: float, uid: str, cause: int = 16, channel: str = "PJSIP/x-1") -> bytes:
    return event("Hangup", s, Channel=channel, Uniqueid=uid, Cause=str(cause))


def pickup(s: float, uid: str, channel: str, target_uid: str) -> bytes:
    return event("Pickup", s, Channel=channel, Uniqueid=uid, TargetUniqueid=target_uid)


def blind(
    s: float, uid: str, channel: str, passed: str, exten: str, result: str = "Success", ext: str = "Yes"
) -> bytes:
    return event(
        "BlindTransfer", s, Result=result, TransfererChannel=channel, TransfererExten="",
        TransfererUniqueid=uid, TransfereeUniqueid=passed, IsExternal=ext, Extension=exten,
    )  # fmt: skip


def attended(
    s: float, uid: str, second: str, passed: str = "", target: str = "", result: str = "Success"
) -> bytes:
    return event(
        "AttendedTransfer", s, Result=result, OrigTransfererUniqueid=uid, SecondTransfererUniqueid=second,
        TransfereeUniqueid=passed, TransferTargetUniqueid=target, DestType="Bridge" if target else "App",
    )  # fmt: skip


def note(s: float, uid: str, kind: str, **fields: str) -> bytes:
    """A note. The channel's own headers stand first and have an Exten of their own."""
    body = {"Kind": kind, "At": str(at_us(s) // 1000), **fields}
    head = event("UserEvent", s, Exten="s", Uniqueid=uid, UserEvent="Charterline").removesuffix(b"\r\n")
    return head + "".join(f"{key}: {value}\r\n" for key, value in body.items()).encode() + b"\r\n"


TRUNK, PHONE = "PJSIP/trunk-00000001", "PJSIP/2201-00000002"
U1, U2, U3 = "pbx-1795578000.1", "pbx-1795578000.2", "pbx-1795578000.3"


def call_begins(s: float = 0.0) -> list[bytes]:
    """A citizen's call that is dialling officer 2201."""
    return [
        newchannel(s, TRUNK, U1, exten="2201", caller="01000001234"),
        newchannel(s + 0.01, PHONE, U2, U1, exten="s"),
        dial_begin(s + 0.02, U1, PHONE, U2),
    ]


def answered_call(answer: float = 2.0) -> list[bytes]:
    """The same call, rung from 0.1, answered, talked, ended by the citizen at 10."""
    return [
        *call_begins(),
        ringing(0.1, U2),
        dial_state(0.1, U1, U2, "RINGING"),
        up(answer, U2),
        dial_end(answer + 0.001, U1, U2, "ANSWER"),
        up(answer + 0.002, U1),
        enter(answer + 0.01, U2),
        enter(answer + 0.02, U1),
        hangup_request(10.0, U1, TRUNK),
        leave(10.001, U1),
        leave(10.002, U2),
        hangup(10.003, U2),
        hangup(10.004, U1),
    ]


PACE = 0.05
"""Live calls are played this much faster, so that their times stay near the clock's."""


def seconds_now() -> float:
    """Now, in the seconds of these events."""
    return (time.time_ns() // 1000 - BASE_US) / 1_000_000


def live_call() -> list[bytes]:
    """`answered_call`, begun now and twenty times as fast."""
    start = seconds_now()
    shifted: list[bytes] = []
    for raw in answered_call():
        head, _, rest = raw.partition(b"Timestamp: ")
        old, _, rest = rest.partition(b"\r\n")
        after = (int(old.replace(b".", b"")) - BASE_US) / 1_000_000 * PACE
        shifted.append(head + b"Timestamp: " + stamp(start + after).encode() + b"\r\n" + rest)
    return shifted


def row(
    kind: str, seconds: float, channel: str, uid: str, linked: str, extra: str = "", user: str = ""
) -> bytes:
    """A journal row as Asterisk writes it."""
    columns = (kind, stamp(seconds), user, channel, uid, linked, "", extra, "ctx", "", "app")
    return (",".join('"' + column.replace('"', '""') + '"' for column in columns) + "\n").encode()


def journal_of_answered_call() -> bytes:
    """`answered_call`, as the journal tells it."""
    bridge = f'{{"bridge_id":"{BRIDGE}","bridge_technology":"simple_bridge"}}'
    gone = f'{{"hangupcause":16,"hangupsource":"{TRUNK}","dialstatus":""}}'
    return b"".join(
        [
            row("CHAN_START", 0, TRUNK, U1, U1),
            row("CHAN_START", 0.01, PHONE, U2, U1),
            row("ANSWER", 2.0, PHONE, U2, U1),
            row("ANSWER", 2.002, TRUNK, U1, U1),
            row("BRIDGE_ENTER", 2.01, PHONE, U2, U1, bridge),
            row("BRIDGE_ENTER", 2.02, TRUNK, U1, U1, bridge),
            row("BRIDGE_EXIT", 10.001, TRUNK, U1, U1, bridge),
            row("BRIDGE_EXIT", 10.002, PHONE, U2, U1, bridge),
            row("HANGUP", 10.003, PHONE, U2, U1, gone),
            row("CHAN_END", 10.003, PHONE, U2, U1),
            row("HANGUP", 10.004, TRUNK, U1, U1, gone),
            row("CHAN_END", 10.004, TRUNK, U1, U1),
            row("LINKEDID_END", 10.004, TRUNK, U1, U1),
        ]
    )
