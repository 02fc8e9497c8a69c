"""The monitor: from every camera's newest frame to the database and the live slots.

roster.py    which cots and cameras there are, read from the database each second
station.py   one cot under watch: its capture, smoother, live slot, recorder
recorder.py  one cot on record: recording, segments, stored times, frames for the writer
minutes.py   one cot's minutes, rolled up a few seconds after each has ended
spells.py    things that begin and end (camera stalled, lens covered), told as events
meters.py    how late
loop.py      the process: frames in, one batch over all cots, results out, signs of life
"""
