"""Pure functions from rows to what a page places: data for components, figures, tables, markup.

How to add one: write a function here that takes plain values and returns one of these; test it
without a browser in ``tests/app/views``. Every label that may hold a person's text goes through
``html.escape`` when it becomes markup.
"""
