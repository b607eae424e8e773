"""Whether a program may listen on a port: asked before a server is started, and before Django is."""

import socket


def refusal_to_listen(host: str, port: int) -> OSError | None:
    """What the system says against listening there; nothing where nothing stands against it.

    A server's own sockets share a port (SO_REUSEPORT), also with another server: requests would go to either.
    """
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as refused:
        return refused
    return None
