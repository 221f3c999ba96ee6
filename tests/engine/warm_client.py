"""The engine's child in place of a plugin that warm.py forks: hands its files over and signals on, ends with it.

Run by its path, with no more than Python's own: it must start quickly.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

# Seconds between two looks for the engine, which may have been killed.
LOOK_FOR_PARENT_S = 1.0


def main() -> None:
    """Waits for the end of the one, or of the other."""
    path, module, *arguments = sys.argv[1:]
    request = {"module": module, "arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.connect(path)

        def hand_on(number: int, _frame: object = None) -> None:
            with suppress(OSError):  # it may have ended just now
                link.send(bytes([number]))

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, hand_on)
        socket.send_fds(link, [json.dumps(request).encode()], [0, 1, 2])
        link.settimeout(LOOK_FOR_PARENT_S)
        while True:
            try:
                sys.exit(next(iter(link.recv(1)), 1))
            except TimeoutError:
                if os.getppid() != parent:
                    hand_on(signal.SIGTERM)


if __name__ == "__main__":
    main()
