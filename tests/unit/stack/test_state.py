"""The state folder: one run at a time, and what it says of itself."""

import os
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.state import Run, StateFolder, is_alive, is_held, running


def _run() -> Run:
    return Run(pid=os.getpid(), phase="ready", url="http://127.0.0.1:25000/", since=1.0, parts={"redis": 1})


def test_a_folder_serves_one_run(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    folder.acquire()
    folder.tell(_run())
    with pytest.raises(StackError) as refused:
        StateFolder(tmp_path / "state").acquire()
    assert f"is in use by process {os.getpid()} (http://127.0.0.1:25000/)" in str(refused.value)
    assert running(folder.path) == _run()
    folder.release()
    assert not is_held(folder.path)
    assert running(folder.path) is None


def test_a_new_run_says_nothing_of_the_one_before(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path), StateFolder(tmp_path)
    first.acquire()
    first.tell(_run())
    first.release()
    second.acquire()
    assert is_held(tmp_path)
    assert running(tmp_path) is None
    second.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError) as refused:
        StateFolder(tmp_path / "file" / "state").acquire()
    assert "cannot be written" in str(refused.value)
    assert "--state DIR" in str(refused.value)


def test_nothing_runs_where_nothing_ever_ran(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "nowhere")


def test_alive_means_a_process_that_is_no_zombie() -> None:
    assert is_alive(os.getpid())
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # ended, but not yet collected
    assert not is_alive(child)
    os.waitpid(child, 0)
    assert not is_alive(child)
