"""Where results are kept between runs; a module of its own, so that asking costs no other import."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Give the folder for cached results: ``UNSPIN_CACHE_DIR``, or the user's cache folder."""
    if chosen := os.environ.get("UNSPIN_CACHE_DIR"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("unspin", appauthor=False))
