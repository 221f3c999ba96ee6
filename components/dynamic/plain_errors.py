"""What a user sees of an error in a dynamic provider: its message, not a traceback.

Pulumi's dynamic server formats whatever escapes a provider with its traceback. A limit of 0 leaves "Class: message" of
it, and a class of the builtins is written without its module.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator


class RefusedError(Exception):
    """A LabError on its way to the engine."""

    __module__ = "builtins"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Wraps the work of one provider method; errors not meant for a person keep their traceback."""
    try:
        yield
    except LabError as error:
        sys.tracebacklimit = 0
        raise RefusedError(str(error)) from None
    except Exception:
        sys.tracebacklimit = 1000  # an earlier refusal in this process has set it to 0
        raise
    else:
        sys.tracebacklimit = 1000
