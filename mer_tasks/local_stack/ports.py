"""Ports of this machine: whether one is free, and which program has it."""

import socket

import psutil

from mer_tasks.errors import ConfigError
from mer_tasks.local_stack.settings import HOST


def check_port(port: int) -> None:
    """Raise :class:`ConfigError` if a program listens on `port`; the message names the program if this user may see it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            return
        except OSError as error:
            reason = error.strerror
    raise ConfigError(f"{HOST}:{port}: {reason}, by {listener(port)}; stop that, or choose another port: PORT={port + 1}")


def listener(port: int) -> str:
    """Name the program that listens on `port`, if this user may see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another program (perhaps the stack of another checkout)"
