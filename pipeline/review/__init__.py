"""Reviewing recordings: files in; keypoints in the database, overlay videos, tables, figures out.

``lead`` hands out work to a ``crew`` of processes and is the only one that writes the database.
A file is looked into (``plan``), worked part by part (``part``: ``reading`` → ``poses`` →
``drawer``), and finished from what was stored (``series`` → ``tables``, ``summary``, ``overlay``).
``ledger`` and ``notes`` say how far it came, so that a killed review goes on where it was.

How to add a result: compute it minute by minute in a file of its own here, call it from
``tasks.Finish``, say it in the summary, and mirror it in tests/pipeline/review.
"""
