"""What people touch: the pages, the server, the command line."""
