"""The requests as JSON Schema, for whoever does not read Python. ``python -m schemas.published`` writes them."""

import json
from pathlib import Path

from schemas.requests import RAILS

_FOLDER = Path(__file__).parent / "json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """Every published file: its name and its text."""
    return {f"{rail}.request.schema.json": _schema(rail) for rail in RAILS}


def write(folder: Path = _FOLDER) -> None:
    """Write them all."""
    folder.mkdir(exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema(rail: str) -> str:
    schema = {"$schema": _DIALECT, **RAILS[rail].model_json_schema(mode="validation")}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write()
