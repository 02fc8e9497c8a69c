"""What is kept: schema, keypoint codec, store, migrations. Imports nothing of ours.

    lifecycle    from an address to a usable database: created, checked, migrated, or refused
    engine       connections, transactions, checkpoints; library errors become those of errors
    schema       the tables (advisory_schema holds those of advisories)
    migrations   from one schema to the next
    codec        keypoints as bytes  merging      seconds into minutes
    writer       the one writing thread of a process (with backlog and inserting)
    store        what is read, and the edits of pages (ward, series, journal)
    check        info and full check backup       whole copies while in use

A page or a command opens with ``open_database`` (or ``open_read_only``) and reads with ``Store``;
a process that records has one ``Writer``.
"""
