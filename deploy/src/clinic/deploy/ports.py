"""Free TCP ports on loopback."""

import secrets
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(count: int, but: Collection[int] = ()) -> list[int]:
    """As many different free ports, none of `but`, below the range that the system gives to outgoing connections.

    A port of that range could be taken by somebody's connection while its server is being restarted.
    """
    if count == 0:
        return []
    lowest = _first_ephemeral_port()
    found: list[int] = []
    start = 20000 + secrets.randbelow(8000)
    for port in [*range(start, lowest), *range(10240, start)]:
        if port not in but and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(f"fewer than {count} ports are free on {LOOPBACK}")


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _first_ephemeral_port() -> int:
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            return max(int(file.read().split()[0]), 30000)
    except OSError:
        return 32768
