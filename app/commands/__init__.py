"""The subcommands of ``cotside``, one module each.

How to add one: write ``app/commands/NAME.py`` with a Typer app or a function, and add one line to
``app/cli.py``; mirror it in ``tests/app``.
"""
