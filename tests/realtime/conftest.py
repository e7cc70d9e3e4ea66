from pathlib import Path

import pytest

from kiplatform.realtime.bench import board
from tests.databases import file_database

__all__ = ["file_database"]


@pytest.fixture
def boards(file_database: Path) -> None:
    """The tables of the board, a channel that depends on no other app."""
    board.create_tables()
