"""The published JSON Schema."""

from pathlib import Path

from schemas import published


def test_the_published_schema_is_up_to_date(tmp_path: Path) -> None:
    """``python -m schemas.published`` was run after the last change of a request."""
    folder = Path(published.__file__).parent / "json"
    published.write(tmp_path)
    written = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    assert written == {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
