"""Where the work of a review is done: by processes of this machine, or on a Ray cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from db.engine import database_url, sqlite_path
from pipeline.errors import ReviewError
from pipeline.review.crew import Crew
from pipeline.review.processes import Processes, cores

if TYPE_CHECKING:
    from pipeline.models.manifest import Manifest
    from pipeline.review.lead import Request

Engine = Literal["local", "ray"]


def open_crew(request: Request, manifest: Manifest) -> Crew:
    """Return the crew of a review.

    Raises ``ClusterError`` where no cluster answers, ``ReviewError`` for a database in a file,
    which other machines cannot read while it is written.
    """
    if request.engine == "local":
        return Processes(request.workers or cores(), request.setup)
    if sqlite_path(database_url(request.database)) is not None:
        raise ReviewError(
            "--engine ray needs a database on PostgreSQL, which all machines can reach; "
            "give --db postgresql://…"
        )
    from pipeline.review.cluster import Badge, RayCrew

    return RayCrew(request.workers, request.setup, Badge.of(manifest.sha256), request.cluster)
