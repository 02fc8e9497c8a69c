"""Where files that rows name lie: folders under the data folder of an installation."""

from __future__ import annotations

VIDEOS = "videos"
PICTURES = "pictures"
DATASETS = "datasets"
UPLOADS = "uploads"
EXPORTS = "exports"
# What a review writes into the folder of one video's results, and beside those folders.
OVERLAY_FILE, SUMMARY_FILE, THUMBNAIL_FILE = "overlay.mp4", "summary.json", "thumbnail.jpg"
CSV_FILE, PARQUET_FILE = "keypoints.csv", "keypoints.parquet"
REVIEW_RESULTS = (OVERLAY_FILE, SUMMARY_FILE, THUMBNAIL_FILE, CSV_FILE, PARQUET_FILE)
RUN_FILE, INDEX_FILE = "review.json", "index.html"
PARTS_FOLDER = "parts"
JOB_LOG = "log.txt"
# What an export of a film without faces is called in its job's folder.
EXPORTED_FILE = "blurred.mp4"
