"""No setting and no environment makes the daemon listen beyond loopback (SEC-01)."""

from __future__ import annotations

from contextlib import closing

import pytest
from typer.testing import CliRunner

from bridge.adapters.listener import listen
from bridge.cli.app import app
from bridge.errors import InputError
from bridge.settings import Settings

WISHES = [
    pytest.param('host = "0.0.0.0"', "host", id="BIND-03-host"),
    pytest.param('bind = "::"', "bind", id="BIND-03-bind"),
    pytest.param('listen_address = "192.168.1.10"', "listen_address", id="BIND-03-address"),
    pytest.param('[network]\nhost = "0.0.0.0"', "network.host", id="BIND-03-network"),
    pytest.param('[server]\nhosts = ["0.0.0.0"]', "server", id="BIND-03-section"),
]


@pytest.mark.parametrize(("line", "setting"), WISHES)
def test_bind_03_a_wish_for_more_than_loopback_stops_the_start(tmp_path, line, setting):
    file = tmp_path / "carebridge.toml"
    file.write_text(line, "utf-8")
    with pytest.raises(InputError) as caught:
        Settings.load(file)
    assert caught.value.problem_code == "setting_invalid"
    assert caught.value.params["setting"] == setting


@pytest.mark.parametrize("name", ["HOST", "BIND", "UVICORN_HOST", "CAREBRIDGE_HOST"])
def test_bind_03_the_environment_is_not_asked(monkeypatch, name):
    monkeypatch.setenv(name, "0.0.0.0")  # noqa: S104  # the wish that must not count
    with closing(listen((0,))) as listener:
        assert {each.getsockname()[0] for each in listener.sockets} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("command", ["run", "demo"])
def test_bind_03_the_command_line_has_no_word_for_it(command):
    refused = CliRunner().invoke(app, [command, "--host=all"])
    assert refused.exit_code == 2
    assert "host" in refused.output
