"""What is kept: schema, keypoint codec, store, migrations. Imports nothing of ours."""
