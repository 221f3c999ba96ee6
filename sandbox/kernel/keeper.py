"""Runs a guest, and ends it with all of its processes: at its time, or when whoever asked for it is gone.

python -S keeper.py SECONDS LIFELINE FOLDER COMMAND…, where LIFELINE is a descriptor whose other end only the asker
holds, and FOLDER what goes with it.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

# Seconds between two looks whether the guest has ended.
INTERVAL = 0.1
GONE = 124


def main() -> int:
    """The guest's exit code, or 124, as of timeout(1)."""
    end, lifeline = time.monotonic() + float(sys.argv[1]), int(sys.argv[2])
    guest = subprocess.Popen(sys.argv[4:], stdin=subprocess.DEVNULL, close_fds=False, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: _kill(guest))
    while guest.poll() is None and time.monotonic() < end:
        if select.select([lifeline], [], [], INTERVAL)[0]:
            _kill(guest)
            shutil.rmtree(sys.argv[3], ignore_errors=True)
            return GONE
    code = guest.poll()
    _kill(guest)
    return GONE if code is None else code


def _kill(guest: subprocess.Popen[bytes]) -> None:
    """A killed guest leaves stopped stubs behind: all of its group goes."""
    with suppress(ProcessLookupError):
        os.killpg(guest.pid, signal.SIGKILL)
    guest.wait()


if __name__ == "__main__":
    sys.exit(main())
