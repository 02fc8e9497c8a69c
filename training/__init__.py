"""Data in, a checked model folder out: the only home of torch and mmpose.

    spec (TOML) → build (mmpose config, in Python) → train (mmengine Runner) → export (ONNX,
    manifest, card) → evaluate (the exported file, on pictures and clips)

Nothing imports this package; ``cotside train`` starts it as a process.
"""
