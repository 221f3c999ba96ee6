"""The door of ``python -m lab``; the rooms behind it are in cli/."""

from cli.main import app

app()
