"""What a person reads: each slug in es, pt and en, with what happened and what to do next.

The three TOML files hold the same slugs with the same placeholders; a test holds them to it. A slug without an entry
still shows itself, so that nothing that happened is ever swallowed.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from types import MappingProxyType

LANGUAGES = ("es", "pt", "en")
DEFAULT_LANGUAGE = "es"


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, and what to do next. Both may hold ``{placeholders}``."""

    what: str
    next: str

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that ``filled`` wants."""
        parts = (*Formatter().parse(self.what), *Formatter().parse(self.next))
        return frozenset(name for _, name, _, _ in parts if name)

    def filled(self, params: Mapping[str, object] | None = None) -> "Message":
        """The message with its placeholders filled; one that is not given shows as an ellipsis, never an error."""
        values = _Forgiving(params or {})
        return Message(self.what.format_map(values), self.next.format_map(values))


class _Forgiving(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def language(wanted: str | None) -> str:
    """The language of ours that comes closest to a tag such as ``pt-BR`` or ``es_MX.UTF-8``; Spanish otherwise."""
    primary = (wanted or "").replace("_", "-").split("-")[0].split(".")[0].lower()
    return primary if primary in LANGUAGES else DEFAULT_LANGUAGE


@cache
def messages(lang: str = DEFAULT_LANGUAGE) -> Mapping[str, Message]:
    """All messages of one language.

    Raises:
        KeyError: ``lang`` is none of ``LANGUAGES``.
    """
    if lang not in LANGUAGES:
        raise KeyError(lang)
    text = resources.files(__name__).joinpath(f"{lang}.toml").read_text(encoding="utf-8")
    return MappingProxyType({slug: Message(**entry) for slug, entry in tomllib.loads(text).items()})


def explain(slug: str, lang: str = DEFAULT_LANGUAGE, params: Mapping[str, object] | None = None) -> Message:
    """The filled message of ``slug``; a slug that has no entry is shown as it is."""
    known = messages(language(lang)).get(slug)
    return Message(slug, "") if known is None else known.filled(params)
