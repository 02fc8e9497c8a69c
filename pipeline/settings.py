"""The settings file: TOML read into checked values; a wrong key names the nearest right one.

Secrets never stand in it: a camera names the environment variable that holds its password.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import SettingsError

_ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
_ADDRESS = r"^[^@\s<>,;]+@[^@\s<>,;]+$"
LeastPriority = Literal["low", "medium", "high"]
Provider = Literal["auto", "cpu", "cuda", "tensorrt"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RectangleSettings(_Strict):
    """The cot in the picture, as fractions of its width and height."""

    x: float = Field(0.0, ge=0, le=1)
    y: float = Field(0.0, ge=0, le=1)
    width: float = Field(1.0, gt=0, le=1)
    height: float = Field(1.0, gt=0, le=1)


class CameraSettings(_Strict):
    """One camera: where it is and how it is read.

    ``url``: ``rtsp://``, ``http(s)://`` (MJPEG or MPEG-TS), ``v4l2:/dev/video0``, ``file:PATH``
    (played at its own rate and looped) or ``folder:PATH`` (pictures). The user name may stand in
    ``username``; the password is read from the environment variable named by ``password_env``.
    """

    name: str = Field(min_length=1, max_length=80)
    url: str = Field(min_length=1, max_length=2000)
    username: str | None = Field(None, max_length=200)
    password_env: str | None = Field(None, pattern=_ENV_NAME, max_length=200)
    expected_fps: float | None = Field(None, gt=0, le=240)
    transport: Literal["tcp", "udp"] = "tcp"
    loop: bool = True
    open_timeout_s: float = Field(4.0, gt=0, le=60)
    read_timeout_s: float = Field(4.0, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _can_be_read_and_holds_no_secret(cls, url: str) -> str:
        if not url.isprintable():
            raise ValueError("holds a character that cannot be seen; type it anew")
        try:
            secret = urlsplit(url).password
        except ValueError:
            raise ValueError("is not an address that can be read") from None
        if secret is not None:
            raise ValueError(
                "holds a password; take it out, give `username`, and name in `password_env` "
                "the environment variable that holds the password"
            )
        return url

    def password(self) -> str | None:
        """Return the password from the environment; raise ``SettingsError`` when it is not set."""
        if self.password_env is None:
            return None
        try:
            return os.environ[self.password_env]
        except KeyError:
            raise SettingsError(
                f"camera {self.name!r}: the environment variable {self.password_env} is not set"
            ) from None


class CotSettings(_Strict):
    """One cot and the camera above it."""

    name: str = Field(min_length=1, max_length=80)
    camera: CameraSettings
    rectangle: RectangleSettings = RectangleSettings()
    keep_video: bool = False


class VideoSettings(_Strict):
    """How long kept video stays; keypoints are never touched by it."""

    keep_days: float = Field(7.0, gt=0)
    keep_gb: float = Field(50.0, gt=0)


def _session_threads() -> int:
    return min(2, os.cpu_count() or 1)


class ModelSettings(_Strict):
    """Which model runs, and where. ``folder`` is None for the bundled one.

    ``threads`` of its session on a processor: two where there are two, so that many cameras do not
    wait for one (8 on two cores: ``tests.benchmarks.load --threads N``).
    """

    folder: Path | None = None
    provider: Provider = "auto"
    allow_fallback: bool = False
    threads: int = Field(default_factory=_session_threads, ge=1, le=64)


class MonitorSettings(_Strict):
    """How the monitor behaves."""

    max_fps: float = Field(30.0, gt=0, le=240)
    smoother: str = "one_euro"
    video: VideoSettings = VideoSettings()


class DashboardSettings(_Strict):
    """Where the dashboard listens: this machine only, unless said otherwise.

    ``public_url``: the address under which a reverse proxy shows it (https://cotside.example.org).
    """

    host: str = "127.0.0.1"
    port: int = Field(8501, ge=0, le=65535)
    public_url: str | None = Field(None, pattern=r"^https?://[^/\s]+$", max_length=300)


class OidcSettings(_Strict):
    """A sign-in service (OpenID Connect) in place of local accounts.

    ``client_secret_env`` names the environment variable that holds the client's secret.
    ``name_claim``: what the service calls people by; an administrator adds them under that name.
    ``administrators`` are let in and made administrators when they first come.
    """

    server_metadata_url: str = Field(pattern=r"^https?://", max_length=500)
    client_id: str = Field(min_length=1, max_length=300)
    client_secret_env: str = Field(pattern=_ENV_NAME, max_length=200)
    name_claim: str = "email"
    administrators: list[str] = []
    scope: str = "openid email profile"
    prompt: str = "login"

    def client_secret(self) -> str:
        """Return the client's secret; raise ``SettingsError`` when it is not set."""
        try:
            return os.environ[self.client_secret_env]
        except KeyError:
            raise SettingsError(
                f"people.oidc: the environment variable {self.client_secret_env} is not set"
            ) from None


class WebhookSettings(_Strict):
    """Where advisories are posted as JSON.

    An address that is itself a secret stands in the environment variable ``url_env`` instead.
    ``token_env`` names the variable of a bearer token.
    """

    url: str | None = Field(None, pattern=r"^https?://[^@\s]+$", max_length=2000)
    url_env: str | None = Field(None, pattern=_ENV_NAME, max_length=200)
    token_env: str | None = Field(None, pattern=_ENV_NAME, max_length=200)
    at_least: LeastPriority = "medium"
    timeout_s: float = Field(10.0, gt=0, le=60)

    @model_validator(mode="after")
    def _has_one_address(self) -> WebhookSettings:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give either `url` or `url_env`")
        return self


class EmailSettings(_Strict):
    """Through which server advisories are mailed, and to whom; ``password_env`` names a variable.

    Without encryption no password is sent to another machine.
    """

    host: str = Field(min_length=1, max_length=300)
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = Field(None, max_length=200)
    password_env: str | None = Field(None, pattern=_ENV_NAME, max_length=200)
    sender: str = Field(pattern=_ADDRESS, max_length=300)
    to: list[Annotated[str, Field(pattern=_ADDRESS, max_length=300)]] = Field(
        min_length=1, max_length=50
    )
    at_least: LeastPriority = "high"
    timeout_s: float = Field(20.0, gt=0, le=120)

    @model_validator(mode="after")
    def _keeps_its_password(self) -> EmailSettings:
        is_here = self.host in ("localhost", "127.0.0.1", "::1")
        if self.security == "none" and self.password_env and not is_here:
            raise ValueError("a password is not sent without encryption; set `security`")
        return self


class NoticeSettings(_Strict):
    """Who is told of advisories beside the pages: nobody, unless said so here."""

    webhook: WebhookSettings | None = None
    email: EmailSettings | None = None


class ReviewSettings(_Strict):
    """Reviewing recordings from the dashboard.

    ``folder``: where videos on this machine may be chosen from, and nowhere else; by default
    ``incoming`` in the data folder. ``longest_upload_gb``: the largest file a browser may send.
    ``keep_uploads_days``: how long one stays that no review took up. ``keep_exports_days``: how
    long an exported video can be fetched. ``at_once``: jobs that are worked on side by side.
    """

    folder: Path | None = None
    longest_upload_gb: float = Field(8.0, gt=0, le=1000)
    keep_uploads_days: float = Field(7.0, gt=0, le=3650)
    keep_exports_days: float = Field(7.0, gt=0, le=3650)
    at_once: int = Field(1, ge=1, le=16)


class TrainingSettings(_Strict):
    """Retraining from the model in use.

    ``minutes``: how long it learns. ``rendered``: how many pictures of rendered infants it learns
    from beside the labels, so that it forgets nothing; they are made once. ``old``: further dataset
    folders, split by infant, that it must not forget.
    """

    minutes: float = Field(30.0, gt=0, le=24 * 60)
    rendered: int = Field(600, ge=40, le=100_000)
    old: list[Path] = []


class PeopleSettings(_Strict):
    """How people sign in. ``displays``: names that stay signed in without anybody moving."""

    idle_minutes: float = Field(30.0, gt=0, le=24 * 60)
    longest_hours: float = Field(12.0, gt=0, le=31 * 24)
    displays: list[str] = []
    oidc: OidcSettings | None = None


class Settings(_Strict):
    """The whole file. ``database`` is a path or a SQLAlchemy URL."""

    database: str = Field(default_factory=lambda: str(user_data_path("cotside") / "cotside.db"))
    data_folder: Path | None = None
    model: ModelSettings = ModelSettings()
    monitor: MonitorSettings = MonitorSettings()
    dashboard: DashboardSettings = DashboardSettings()
    people: PeopleSettings = PeopleSettings()
    notices: NoticeSettings = NoticeSettings()
    review: ReviewSettings = ReviewSettings()
    training: TrainingSettings = TrainingSettings()
    cots: Annotated[list[CotSettings], Field(max_length=64)] = []

    @property
    def data_path(self) -> Path:
        """Return the folder of kept video: ``data_folder``, else one beside the database."""
        if self.data_folder is not None:
            return self.data_folder
        if "://" in self.database and not self.database.startswith("sqlite:///"):
            return user_data_path("cotside")
        return Path(self.database.removeprefix("sqlite:///")).expanduser().resolve().parent


def load_settings(path: Path | None) -> Settings:
    """Read a settings file, or the defaults for ``None``.

    Raises ``SettingsError``, one line, for a file that cannot be read, is not TOML, or holds a
    wrong key (named with the nearest right one) or value.
    """
    if path is None:
        return Settings()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {describe_validation_error(error, Settings)}") from None


def describe_validation_error(error: ValidationError, model: type[BaseModel]) -> str:
    """Put the first fault of a validation error into one line, without repeating the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted(_all_keys(model))
        nearest = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        return f"unknown key {place!r}{hint}"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"


def _all_keys(model: type[BaseModel]) -> set[str]:
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        keys.add(name)
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                keys |= _all_keys(part)
    return keys
