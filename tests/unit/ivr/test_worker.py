"""The voice service's worker: how far it gives way to the rest of the machine."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.voice.worker import LOWEST, Worker


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.parametrize(("own", "wanted"), [(5, 0), (5, 5), (5, LOWEST)])
def test_it_gives_way_as_told_and_never_less_than_its_process(own: int, wanted: int) -> None:
    def in_a_nicer_thread() -> int:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), max(own, niceness()))
        worker = Worker(wanted)
        try:
            return worker.ask(niceness).result(10) - max(wanted, niceness())
        finally:
            worker.stop()

    with ThreadPoolExecutor(1) as pool:  # a thread of its own: who is not root does not get back what he gave
        assert pool.submit(in_a_nicer_thread).result(20) == 0
