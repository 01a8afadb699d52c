"""What is checked before anything is started: ports, disk, and the user that Elasticsearch may run as."""

from __future__ import annotations

import errno
import os
import pwd
import shutil
import socket
import stat
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from deploy.local.errors import StackError

# Both servers, their unpacked files and a few thousand bulletins; below it Elasticsearch may turn its indices read-only.
MINIMUM_FREE_BYTES = 2 * 1024**3

# Free ports are handed out from here, a block for each process that asks.
_FIRST_PORT, _LAST_PORT, _BLOCK = 20_000, 32_000, 200
_held: list[socket.socket] = []


@dataclass(frozen=True, slots=True)
class Port:
    """A port to listen on, with what it is for and the environment variable that moves it."""

    number: int
    purpose: str
    setting: str
    host: str = "127.0.0.1"


def check_ports(ports: list[Port]) -> None:
    """Raise StackError if something else listens on one of the ports."""
    for port in ports:
        if not is_free(port.number, port.host):
            raise StackError(
                f"port {port.number}, needed for {port.purpose}, is in use{_holder(port.number)}.\n"
                f"Stop what holds it or choose another: {port.setting}."
            )


def is_free(number: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    # macOS allows the bind beside a listener on all addresses.
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, number)) != 0


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now, and that no other process which asks here is given meanwhile.

    Raises:
        StackError: all of them are in use.
    """
    block = _own_block()
    for _ in range(_BLOCK - 1):
        port = block[0]
        block.rotate(-1)
        if is_free(port, host):
            return port
    raise StackError(f"none of the ports {min(block)} to {max(block)} is free: stop what holds them.")


@cache
def _own_block() -> deque[int]:
    """The ports that this process may hand out, the next one first.

    A port of the system's choice (`bind` to 0) is one of those that it also gives to others, so between asking and listening somebody
    else's server or outgoing connection may have it: then the one that asked cannot start, or talks to the other. These ports are
    below those that Linux and macOS choose from, and the first port of a block, held until this process ends, keeps others off the rest.
    """
    for first in range(_FIRST_PORT, _LAST_PORT, _BLOCK):
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", first))
        except OSError as error:
            holder.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        _held.append(holder)
        return deque(range(first + 1, first + _BLOCK))
    raise StackError(f"every {_BLOCK}th port from {_FIRST_PORT} to {_LAST_PORT} is in use: stop what holds them.")


def _holder(number: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == number and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""  # another user's process: the system does not tell
    return ""


def check_disk(folder: Path, minimum: int = MINIMUM_FREE_BYTES) -> None:
    """Raise StackError if the disk of `folder` has less than `minimum` bytes free."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < minimum:
        raise StackError(
            f"the disk that holds {folder} has {free / 1e9:.1f} GB free; the local stack needs {minimum / 1e9:.1f} GB.\n"
            "Free some room, or put the project on another disk."
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A user that a process can be started as."""

    name: str
    uid: int
    gid: int

    def can_read(self, folder: Path) -> bool:
        """Whether this user can enter every folder on the way to `folder` (the parts that exist) and read it."""
        folder = folder.resolve()
        return all(self._can_enter(path) for path in (folder, *folder.parents) if path.exists())

    def _can_enter(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


def unprivileged_account() -> Account | None:
    """The user to run Elasticsearch as where we are root (it refuses root); None where we are not. Raises StackError."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError("Elasticsearch refuses to run as root, and there is no user `nobody`: run as another user.") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
