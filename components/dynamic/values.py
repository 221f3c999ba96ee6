"""Values on their way between the engine and a dynamic provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def whole(value: Any) -> Any:
    """The engine has one kind of number: what was an integer comes back as a float, which no Kubernetes API takes."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: whole(item) for key, item in value.items()}
        case list():
            return [whole(item) for item in value]
        case _:
            return value


def changed(keys: Iterable[str], olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """The keys whose values differ; what a preview cannot know yet equals nothing, and so counts as different.

    Only named keys: the engine hands over old outputs, among them the pickled provider.
    """
    return [key for key in keys if whole(olds.get(key)) != whole(news.get(key))]


def say(text: str) -> None:
    """A line of progress: what a provider prints stands on its resource's line while `up` runs."""
    print(text, flush=True)  # noqa: T201, the engine reads it
