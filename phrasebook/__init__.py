"""The built-in phrasebook. Data only; this module just says where the data is."""

from pathlib import Path


def folder() -> Path:
    """Give the folder that holds the built-in phrasebook."""
    return Path(__file__).parent
