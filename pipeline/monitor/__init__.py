"""The monitor: from every camera's newest frame to the database and the live slots.

roster.py       which cots and cameras there are, read from the database each second
stations.py     all cots under watch, and those that cannot be
station.py      one cot under watch: its capture, smoother, live slot, recorder
recorder.py     one cot on record: recording, segments, stored times, frames for the writer
minutes.py      one cot's minutes, cut off a few seconds after each has ended
counting.py     minutes counted beside the loop, in order
advisor.py      advisories: what is known goes in, what changed goes to the writer
spells.py       things that begin and end (camera stalled, lens covered), told as events
succession.py   the change of the model while the monitor runs
self_report.py  what the monitor says of itself: status, heartbeat
room.py         room on the disk
meters.py       how late
chores.py       something to be done every so often
watch.py        the loop: frames in, one batch over all cots, results out, signs of life
loop.py         the process: what it needs, opened in order
"""
