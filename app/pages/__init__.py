"""The pages: each fetches rows, calls a view and places what it made. No logic lives here."""
