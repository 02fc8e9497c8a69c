"""One file a change of the schema, in order; each is run once, inside one transaction."""
