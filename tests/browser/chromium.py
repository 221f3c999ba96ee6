"""A headless Chromium, driven by its own protocol over two pipes (--remote-debugging-pipe): no driver, no port."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium reads commands from descriptor 3 and writes answers to 4; each message ends with a zero byte. Not in sh: that
# of Debian knows no descriptors beyond 9.
DOOR = 'exec "$0" "$@" 3<&{} 4>&{}'
FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
    # As root, and in a container with its small /dev/shm, it does not start otherwise.
    *("--no-sandbox", "--disable-dev-shm-usage"),
)


def found() -> str | None:
    """The browser on this machine, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


# Seconds of silence after which a browser is as good as dead, on a machine that is busy.
PATIENCE = 60


class Page:
    """One page. ``troubles`` are console errors, exceptions and refusals; ``requests`` the addresses asked for."""

    def __init__(self, to: int, back: int) -> None:
        self._to = to
        self._back = back
        self._read = b""
        self._count = 0
        self._session: str | None = None
        self._happened: set[str] = set()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> Any:
        """One command and its answer; what happened meanwhile is noted."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._to, json.dumps(command).encode() + b"\0")
        while (message := self._next()).get("id") != self._count:
            self._note(message)
        assert "error" not in message, message
        return message["result"]

    def open(self, file: Path, fragment: str = "") -> None:
        """Goes to the file, and waits until it is loaded.

        By way of an empty page: from a file to a place in it nothing would be loaded.
        """
        for url in ("about:blank", file.as_uri() + fragment):
            self._happened.clear()
            self.do("Page.navigate", url=url)
            while "Page.loadEventFired" not in self._happened:
                self._note(self._next())
        self.requests = [url for url in self.requests if url != "about:blank"]

    def value(self, expression: str) -> Any:
        """What the expression is in the page; a promise, what becomes of it."""
        answer = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Waits until it holds: what follows a link happens after the key is answered."""
        deadline = time.monotonic() + PATIENCE
        while not self.value(expression):
            assert time.monotonic() < deadline, expression

    def press(self, key: str, text: str = "") -> None:
        """A key, as from a keyboard."""
        keys = {"Tab": 9, "Escape": 27, "Enter": 13}
        common = {"key": key, "windowsVirtualKeyCode": keys.get(key, ord(key[0].upper()))}
        self.do("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.do("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Letter by letter."""
        for letter in text:
            self.press(letter, letter)

    def _next(self) -> Any:
        while b"\0" not in self._read:
            assert select.select([self._back], [], [], PATIENCE)[0], "the browser says nothing"
            more = os.read(self._back, 1 << 16)
            assert more, "the browser has ended"
            self._read += more
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)

    def _note(self, message: Any) -> None:
        params = message.get("params", {})
        self._happened.add(message["method"])
        match message["method"]:
            case "Runtime.exceptionThrown":
                self.troubles.append(params["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled":
                self.troubles += [f"console.{params['type']}"]
            case "Log.entryAdded":
                self.troubles.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])


@contextmanager
def page(profile: Path) -> Iterator[Page]:
    """A browser with nothing of anybody's in it, and its one page."""
    browser = found()
    assert browser is not None
    (read, to), (back, write) = os.pipe(), os.pipe()
    flags = (*FLAGS, f"--user-data-dir={profile}")
    with subprocess.Popen(
        ["bash", "-c", DOOR.format(read, write), browser, *flags],
        pass_fds=(read, write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(read)
        os.close(write)
        try:
            yield Page(to, back)
        finally:
            process.terminate()
            os.close(to)
            os.close(back)
