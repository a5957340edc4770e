"""The owner-only channel between daemon and command line, over a socket and over a pipe."""

from __future__ import annotations

import os
import socket
import sys
import threading
from multiprocessing.connection import Client

import pytest

from bridge.adapters.localpipe import PipeClient, PipeServer, pipe_name
from bridge.adapters.localprotocol import MOST_BYTES, answer_of, parsed
from bridge.adapters.localsocket import LocalClient, LocalServer
from bridge.errors import Conflict, NotDelivered, OutcomeUnknown, StoreError, TheirAnswerInvalid

KEY = b"k" * 32
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")


def no_key() -> bytes:
    raise AssertionError("the key is for Windows only")


def answer(request):
    if request.get("verb") == "conflict":
        raise Conflict(code="already_running")
    if request.get("verb") == "crash":
        raise RuntimeError("secret inside")
    return {"seen": request}


class OverSocket:
    """The channel as it is on POSIX."""

    def __init__(self, folder) -> None:
        self.path = folder / "run" / "local.sock"
        self.server = LocalServer(folder / "run", answer, key=no_key)
        self.client = LocalClient(folder / "run", key=no_key)


class OverPipe:
    """The channel as it is on Windows, with a Unix socket in place of the pipe elsewhere."""

    def __init__(self, folder) -> None:
        is_windows = sys.platform == "win32"
        self.family = "AF_PIPE" if is_windows else "AF_UNIX"
        self.address = pipe_name(folder) if is_windows else str(folder / "pipe")
        self.server = PipeServer(self.address, self.family, answer, key=KEY)
        self.client = PipeClient(self.address, self.family, key=KEY)


@pytest.fixture(params=[pytest.param(OverSocket, marks=posix_only), OverPipe])
def channel(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture
def running(channel):
    with channel.server:
        yield channel


def test_a_question_is_answered(running):
    assert running.client.call({"verb": "token"}) == {"seen": {"verb": "token"}}


def test_many_questions_are_answered_one_after_the_other(running):
    for number in range(20):
        assert running.client.call({"n": number}) == {"seen": {"n": number}}


def test_questions_at_once_are_all_answered(running):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(running.client.call({"n": n})))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found["seen"]["n"] for found in answers) == list(range(8))


def test_text_of_every_language_passes(running):
    assert running.client.call({"t": "é ß œ\n"})["seen"]["t"] == "é ß œ\n"


def test_an_error_of_ours_is_its_code(running):
    assert running.client.call({"verb": "conflict"}) == {"error": "already_running"}


def test_a_crash_is_a_code_and_the_channel_lives_on(running):
    assert running.client.call({"verb": "crash"}) == {"error": "internal_error"}
    assert running.client.call({"n": 1}) == {"seen": {"n": 1}}


def test_without_daemon_nothing_is_delivered(channel):
    with pytest.raises(NotDelivered) as caught:
        channel.client.call({"verb": "token"})
    assert caught.value.problem_code == "daemon_not_running"


def test_after_stopping_nobody_answers(channel):
    with channel.server:
        pass
    with pytest.raises(NotDelivered):
        channel.client.call({})


def test_stopping_twice_and_starting_again_is_possible(channel):
    channel.server.stop()
    channel.server.start()
    channel.server.stop()
    channel.server.stop()
    channel.server.start()
    assert channel.client.call({"n": 1}) == {"seen": {"n": 1}}
    channel.server.stop()


@posix_only
class TestSocket:
    @pytest.fixture
    def running(self, tmp_path):
        made = OverSocket(tmp_path)
        with made.server:
            yield made

    def test_socket_and_folder_are_for_their_owner_alone(self, running):
        assert running.path.stat().st_mode & 0o777 == 0o600
        assert running.path.parent.stat().st_mode & 0o777 == 0o700

    def test_the_socket_is_gone_after_stopping(self, running):
        running.server.stop()
        assert not running.path.exists()

    def test_a_dead_socket_is_replaced(self, tmp_path):
        made = OverSocket(tmp_path)
        made.path.parent.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(made.path))
        with made.server:
            assert made.client.call({"n": 1}) == {"seen": {"n": 1}}

    def test_an_unsafe_folder_is_refused(self, tmp_path):
        made = OverSocket(tmp_path)
        made.path.parent.mkdir()
        made.path.parent.chmod(0o777)
        with pytest.raises(StoreError):
            made.server.start()

    def test_a_path_that_is_too_long_is_a_store_error(self, tmp_path):
        made = OverSocket(tmp_path / ("x" * 120))
        with pytest.raises(StoreError):
            made.server.start()

    def test_a_caller_that_says_nothing_does_not_block_for_ever(self, running):
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(str(running.path))
        assert running.client.call({"n": 1}) == {"seen": {"n": 1}}

    def test_a_caller_that_leaves_before_the_answer_harms_nobody(self, running):
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as leaving:
                leaving.connect(str(running.path))
                leaving.sendall(b'{"n": 1}\n')
        assert running.client.call({"n": 1}) == {"seen": {"n": 1}}

    def test_a_line_without_end_is_cut_and_refused(self, running):
        with socket.socket(socket.AF_UNIX) as long:
            long.settimeout(5)
            long.connect(str(running.path))
            long.sendall(b"[" * MOST_BYTES)
            assert parsed(long.recv(1000)) == {"error": "validation_failed"}

    @pytest.mark.skipif(
        sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user"
    )
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_another_user_gets_no_answer(self, running):
        running.path.parent.parent.chmod(0o755)
        for parent in running.path.parents:
            if parent.stat().st_mode & 0o005 != 0o005:
                parent.chmod(0o755)
        running.path.chmod(0o666)
        child = os.fork()
        if child == 0:
            os._exit(_ask_as_somebody_else(str(running.path)))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0


def _ask_as_somebody_else(path: str) -> int:
    """Give 0 when the connection is accepted and closed without a word."""
    try:
        os.setuid(12345)
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.settimeout(5)
            stranger.connect(path)
            stranger.sendall(b'{"verb": "token"}\n')
            return 0 if stranger.recv(100) == b"" else 1
    except ConnectionError:
        return 0
    except OSError:
        return 2


class TestPipe:
    @pytest.fixture
    def running(self, tmp_path):
        made = OverPipe(tmp_path)
        with made.server:
            yield made

    def test_a_client_without_the_key_gets_nothing(self, running):
        stranger = PipeClient(running.address, running.family, key=b"x" * 32)
        with pytest.raises(NotDelivered):
            stranger.call({"verb": "token"})
        assert running.client.call({"n": 1}) == {"seen": {"n": 1}}

    def test_a_server_without_the_key_gets_nothing(self, tmp_path):
        made = OverPipe(tmp_path)
        stranger = PipeServer(made.address, made.family, answer, key=b"x" * 32)
        with stranger, pytest.raises(NotDelivered):
            made.client.call({"verb": "token"})

    def test_a_name_that_is_taken_is_a_store_error(self, running):
        second = PipeServer(running.address, running.family, answer, key=KEY)
        with pytest.raises(StoreError):
            second.start()

    def test_a_caller_that_leaves_harms_nobody(self, running):
        Client(running.address, running.family, authkey=KEY).close()
        assert running.client.call({"n": 1}) == {"seen": {"n": 1}}

    def test_each_runtime_folder_has_its_own_name(self, tmp_path):
        assert pipe_name(tmp_path / "a") != pipe_name(tmp_path / "b")
        assert pipe_name(tmp_path).startswith("\\\\.\\pipe\\carebridge-")


@pytest.mark.parametrize("line", [b"", b"\n", b"{", b"[]", b'"x"', b"\xff", b"null", b"[" * 50_000])
def test_what_is_no_request_is_refused(line):
    assert parsed(answer_of(answer, line)) == {"error": "validation_failed"}


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"5", b"\xff", b"[" * 50_000])
def test_what_is_no_answer_is_refused(line):
    with pytest.raises(TheirAnswerInvalid):
        parsed(line)


def accept_and_leave(listening: socket.socket) -> None:
    listening.accept()[0].close()


@posix_only
def test_a_daemon_that_dies_while_answering_leaves_the_outcome_unknown(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dying:
        dying.bind(str(folder / "local.sock"))
        dying.listen()
        thread = threading.Thread(target=accept_and_leave, args=(dying,))
        thread.start()
        with pytest.raises((OutcomeUnknown, TheirAnswerInvalid)):
            LocalClient(folder, key=no_key).call({"verb": "token"})
        thread.join()
