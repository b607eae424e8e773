"""Asks clamd whether bytes are known to be harmful, by its INSTREAM command."""

import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from sonae.core.documents.vocabulary import ScanState

SECONDS = 30
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    state: ScanState
    signature: str = ""
    # False where nobody listens: then it is not this file that gets no answer, and no other one would get one.
    is_reached: bool = True


def scan(file: BinaryIO, *, address: str) -> Finding:
    """What the scanner at `address` (a socket's path, or host:port) says; NOT_SCANNED when it cannot be asked."""
    if not address:
        return Finding(ScanState.NOT_SCANNED, is_reached=False)
    try:
        line = _connection(address)
    except OSError:
        return Finding(ScanState.NOT_SCANNED, is_reached=False)
    with line:
        answer = _asked(line, file)
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return Finding(ScanState.CLEAN)
    if words.startswith("INSTREAM size limit exceeded"):
        return Finding(ScanState.TOO_LARGE)
    if words.endswith(" FOUND"):
        return Finding(ScanState.INFECTED, words.removesuffix(" FOUND")[:120])
    return Finding(ScanState.NOT_SCANNED)


def _asked(line: socket.socket, file: BinaryIO) -> str:
    file.seek(0)
    # clamd says that a file is too large and hangs up while the rest is still being sent: what it said is read all the
    # same.
    with suppress(OSError):
        line.sendall(b"zINSTREAM\0")
        while piece := file.read(PIECE):
            line.sendall(struct.pack(">I", len(piece)) + piece)
        line.sendall(struct.pack(">I", 0))
    with suppress(OSError):
        return _answer(line)
    return ""


def _connection(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _answer(line: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0") and len(received) < 1024:
        piece = line.recv(1024)
        if not piece:
            break
        received += piece
    return received.rstrip(b"\0\n").decode("utf-8", "replace")
