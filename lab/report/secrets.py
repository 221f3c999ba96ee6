"""What must not be read in a comment: keys and values that look like a secret, and those that are known to be one.

Pulumi blinds what it knows as a secret. This is for what it does not know: a password that somebody wrote into a stack
file in clear, a token in an error's text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[secret]"
# Letters. A shorter one would be found in every other word, and its gaps would tell it.
SECRET_LEAST = 4
# By the end of a key's name, so that credentialsSecret.name and userDataSecret.name, which are names, stay.
_KEY = re.compile(
    r"(?:password|passphrase|passwd|token|secret|kubeconfig|credentials?|api_?key|private_?key)$", re.IGNORECASE
)
_VALUES = (
    # A kubeconfig's or any other private key, a certificate's as well: nobody reviews either. An end that is cut off.
    re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"),  # a ServiceAccount's token (RFC 7519)
    re.compile(r"\bsha256~[\w-]{20,}"),  # OpenShift's OAuth tokens
    re.compile(r"\bpul-[0-9a-f]{40}\b"),  # Pulumi's access tokens
    re.compile(r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})"),
    re.compile(r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"""(?i)(?<=password)(["']?\s*[:=]\s*)(?!\[secret\])("[^"]*"|'[^']*'|[^\s,;]+)"""),
    re.compile(r"(?<=-data: )[A-Za-z0-9+/=]{40,}"),  # client-key-data of a kubeconfig
    re.compile(r"\bv1:[A-Za-z0-9+/=]{16}:[A-Za-z0-9+/=]{8,}"),  # what Pulumi encrypts with a passphrase
)


def is_secret(key: str) -> bool:
    """Whether a key's name says that its value is one."""
    return _KEY.search(key) is not None


class Redactor:
    """Takes secrets out of texts and of JSON values.

    ``known`` are this run's own: passwords and the like, of the environment.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        texts = {text.strip() for text in known}
        # The longest first: one may be part of another.
        self._known = sorted((text for text in texts if len(text) >= SECRET_LEAST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without any."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for pattern in _VALUES:
            text = pattern.sub(lambda found: f"{found[1]}{HIDDEN}" if found.re.groups else HIDDEN, text)
        return text

    def value(self, value: Any, key: str = "") -> Any:
        """A JSON value without any; ``key`` is what it stands under."""
        match value:
            case dict():
                return {self.text(str(inner)): self.value(item, str(inner)) for inner, item in value.items()}
            case list():
                return [self.value(item, key) for item in value]
            case str() if value and is_secret(key):
                return HIDDEN
            case str():
                return self.text(value)
            case _:
                return HIDDEN if value is not None and not isinstance(value, bool) and is_secret(key) else value
