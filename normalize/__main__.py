"""``python -m normalize`` is the command ``unspin``."""

from normalize.cli import main

main()
