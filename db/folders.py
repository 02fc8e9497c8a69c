"""Where files that rows name lie: folders under the data folder of an installation."""

from __future__ import annotations

VIDEOS = "videos"
PICTURES = "pictures"
DATASETS = "datasets"
