"""Cotside's tests: a package by name, because a library installs a `tests` of its own."""
