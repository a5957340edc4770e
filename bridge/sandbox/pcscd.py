"""A smart-card service of our own with a virtual reader, for the demo and the tests on Linux.

Debian's ``pcscd`` takes a listening socket from its parent as systemd would give it, so it needs
no rights and does not meet the service of the system.
The driver of ``vsmartcard-vpcd`` plays a reader with two slots; cards connect over TCP.
Source: *Belgian eID card* 17.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from bridge.errors import CardServiceStopped

DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
"""Where programs look for the service; libpcsclite reads it once per process."""
READER_NAME: Final = "Virtual PCD"

_START_S: Final = 10
_STOP_S: Final = 5
_GLANCE_S: Final = 0.02
_BACKLOG: Final = 16
_SYSTEM_PATH: Final = "/usr/sbin:/usr/local/sbin"
_LAUNCH: Final = """\
exec 3<&0 </dev/null
LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS
exec "$@"
"""
"""The socket comes as standard input; pcscd wants it as descriptor 3, and its own number named."""


def pcscd_program() -> str | None:
    """Give the service's program, where it is installed with the virtual reader's driver."""
    found = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")
    return found if found and DRIVER.exists() else None


class PrivatePcscd:
    """One service with one virtual reader of two slots.

    Attributes:
        socket_path: For ``PCSCLITE_CSOCK_NAME``; the same after a restart.
        ports: TCP ports at which a card enters the first and the second slot.
    """

    def __init__(self, *, socket_path: Path | None = None) -> None:
        """Choose socket and ports; ``start`` starts the service.

        Args:
            socket_path: Where programs will look for it; by default in a folder of its own.

        Raises:
            CardServiceStopped: the service or the driver is not installed.
        """
        program = pcscd_program()
        if program is None:
            raise CardServiceStopped("pcscd or vsmartcard-vpcd is not installed")
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="carebridge-pcscd-"))
        self.socket_path = socket_path or self._folder / "pcscd.comm"
        self.ports = _free_ports()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the service, and return when its reader takes cards.

        Raises:
            CardServiceStopped: it does not start.
        """
        configuration = self._folder / "reader.conf"
        configuration.write_text(_configuration(self.ports[0]), encoding="ascii")
        self.socket_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(self.socket_path))
            listening.listen(_BACKLOG)
            self._process = self._launch(listening, configuration)
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the service as the system would; it can be started again."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Let the service die without a chance to say so."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop the service and remove its files."""
        self.stop()
        self.socket_path.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _launch(
        self,
        listening: socket.socket,
        configuration: Path,
    ) -> subprocess.Popen[bytes]:
        """Start the program with the socket, as systemd would."""
        command = [self._program, "--foreground", "--config", str(configuration)]
        return subprocess.Popen(  # noqa: S603  # fixed program of the system
            ["/bin/sh", "-c", _LAUNCH, "pcscd", *command],
            stdin=listening.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait_until_ready(self) -> None:
        """Wait until the driver listens; the service accepts before it has loaded the driver."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if all(_is_listening(port) for port in self.ports):
                return
            time.sleep(_GLANCE_S)
        self.kill()
        raise CardServiceStopped("the virtual reader does not start")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)


def _configuration(port: int) -> str:
    entries = {
        "FRIENDLYNAME": f'"{READER_NAME}"',
        "DEVICENAME": f"/dev/null:0x{port:04X}",
        "LIBPATH": DRIVER,
        "CHANNELID": f"0x{port:04X}",
    }
    return "".join(f"{name} {value}\n" for name, value in entries.items())


def _free_ports() -> tuple[int, int]:
    """Find two neighbouring free ports; the driver takes the second by itself."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("", port + 1))
            except (OSError, OverflowError):
                continue
            return port, port + 1


def _is_listening(port: int) -> bool:
    """Tell from the kernel's table whether a port is taken, without entering a card."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():  # a kernel without IPv6
            continue
        lines = Path(table).read_text("ascii").splitlines()[1:]
        fields = (line.split() for line in lines)
        if any(each[1].endswith(wanted) and each[3] == "0A" for each in fields):
            return True
    return False
