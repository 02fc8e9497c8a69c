"""Pictures and keypoints for training: COCO folders in, augmented batches out."""
