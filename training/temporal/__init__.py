"""Refinement over time: a small transformer that learns how much to believe each frame.

network.py   the transformer: weights over a keypoint's own frames
tracks.py    true motions of rendered infants, without pictures
noise.py     what a detector makes of them; measure.py compares it with a real one
train.py     a spec in, the runtime's folder out (export.py)
compare.py   all smoothers of the runtime, side by side
"""
