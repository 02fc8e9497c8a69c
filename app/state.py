"""What the whole dashboard process shares: settings, database, the view on the monitor, the key.

The server makes it once; pages and routes read it. It holds nothing of any one visitor: that lives
in Streamlit's session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from app.films import Films
from app.live_picture import LivePictures
from app.permissions import Role, User
from app.signing_in.door import Door
from app.tokens import TokenSigner
from app.uploads import Uploads
from db.folders import UPLOADS, VIDEOS
from db.store import Store
from pipeline.annotation.pictures import PictureFolder
from pipeline.live import LiveView
from pipeline.settings import Settings

DEMO_USER = User("Demo clinician", Role.CLINICIAN)


@dataclass(frozen=True)
class AppState:
    """Everything a page or a route needs that is not a visitor's own."""

    settings: Settings
    engine: Engine
    store: Store
    live: LiveView
    pictures: LivePictures
    signer: TokenSigner = field(default_factory=TokenSigner)
    supervision: Callable[[], str] = lambda: ""
    config_file: Path | None = None
    is_demo: bool = False
    assumed_user: User | None = None

    @cached_property
    def door(self) -> Door:
        """Return what lets people in; ``assumed_user`` is in without asking (the demo's)."""
        return Door(self.store, self.settings.people, self.settings.database, self.assumed_user)

    @cached_property
    def films(self) -> Films:
        """Return what reads films for the player."""
        return Films(self.store)

    @property
    def kept_pictures(self) -> PictureFolder:
        """Return where the pictures that people label are kept."""
        return PictureFolder.under(self.settings.data_path)

    @cached_property
    def uploads(self) -> Uploads:
        """Return where files from browsers are kept."""
        most_bytes = round(self.settings.review.longest_upload_gb * 1e9)
        return Uploads(self.settings.data_path.absolute() / UPLOADS, most_bytes)

    @property
    def review_folder(self) -> Path:
        """Return the folder below which videos of this machine may be chosen."""
        return self.settings.review.folder or self.settings.data_path / "incoming"

    @property
    def video_folder(self) -> Path:
        """Return where the monitor keeps video."""
        return self.settings.data_path / VIDEOS


class _Holder:
    state: AppState | None = None


def install(state: AppState | None) -> None:
    """Set what pages and routes of this process see (None takes it away)."""
    _Holder.state = state


def current() -> AppState:
    """Return the installed state; raise ``RuntimeError`` when a page runs outside the server."""
    if _Holder.state is None:
        raise RuntimeError("start the pages with `cotside dashboard`, not with `streamlit run`")
    return _Holder.state
