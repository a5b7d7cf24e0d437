"""What all tables share: the catalogue, names of constraints, and words for CHECKs."""

from collections.abc import Iterable

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(values: Iterable[str]) -> str:
    """The inside of ``IN (…)`` for our own fixed words."""
    return ", ".join(f"'{value}'" for value in sorted(values))
