"""What is wrong with an identifier, as a stable word."""

_SHOWN = 60


class Invalid(ValueError):
    """A value that a local rule refuses. ``slug`` is explained in ``schemas/messages``; ``value`` is what was given."""

    def __init__(self, slug: str, value: object) -> None:
        shown = str(value)
        shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
        super().__init__(f"{slug}: {shown!r}")
        self.slug, self.value = slug, shown
