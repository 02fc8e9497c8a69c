"""Retraining from the model in use: ``python -m training.retraining FOLDER``.

``FOLDER/order.json`` says what is wanted (``order.Order``); the app writes it and starts this
program (``cotside train``, or the Models page). Each step leaves its result on the disk, so that
a run that was ended goes on where it was: labels → dataset version, rendered pictures, training,
export with calibration, comparison with the model in use. ``FOLDER/out`` is the candidate then,
with ``comparison.json`` and ``curves.csv`` in it; ``FOLDER/progress.json`` says how far it is.
"""
