"""Pixels to keypoints to movement; runs without torch."""
