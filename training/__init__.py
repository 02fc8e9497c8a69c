"""Data to network to exported model; the only home of torch and mmpose."""
