"""Labels that people make: pictures kept for them, what to label next, errors, formats."""
