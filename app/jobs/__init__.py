"""Jobs of the dashboard that last, worked on in a process of their own.

Reviews, retrainings, exports of films.

A page stores a job in the database (``db.jobs``) and puts its number into the queue (huey on
SQLite, beside the database). ``consumer`` is the process that works on them: one for a database,
started when there is work (``keeper``), niced, ended when there is none. It outlives the dashboard.
The database says how every job stands; the queue only says which is next, and is made anew from the
database whenever a consumer starts.

How to add a kind of job: a table with the states of ``db.job_schema``, a function beside
``review.run_review`` that goes through ``running.run_job``, a task for it in ``queue``, and its
mirror in tests/app/jobs.
"""

from __future__ import annotations

# Held in the run directory by the process that works on jobs.
LOCK_NAME = "jobs"
