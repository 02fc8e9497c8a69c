"""What a visitor typed about a camera: checked, tested and stored; secrets never get that far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from app.live_picture import encode_jpeg, shrink
from app.rows import CotRow
from db.audit import Actor
from db.errors import RowRejected
from db.store import Store
from pipeline.errors import CotsideError, SettingsError
from pipeline.redact import redact
from pipeline.settings import CameraSettings, describe_validation_error
from pipeline.sources.base import StreamInfo
from pipeline.types import ImageArray

SECRET_LINE = (
    "The address holds a user name or password. Leave it out: the user name has a field of its "
    "own, and the password stays in an environment variable whose name you give."
)
_STILL_WIDTH_PX = 960
_LABELS = {
    "name": "Cot",
    "url": "Address",
    "username": "User name",
    "password_env": "Password variable",
    "expected_fps": "Frames per second",
}
TakeStill = Callable[[CameraSettings], tuple[ImageArray, StreamInfo]]


@dataclass(frozen=True, slots=True)
class CameraForm:
    """The fields as typed; empty text means "not given"."""

    cot_name: str = ""
    url: str = ""
    username: str = ""
    password_env: str = ""
    expected_fps: float | None = None
    transport: str = "tcp"
    keep_video: bool = False

    @classmethod
    def of(cls, row: CotRow) -> CameraForm:
        """Return the form that shows what is stored."""
        camera = row.camera
        form = cls(cot_name=row.name, keep_video=row.cot.keep_video)
        if camera is None:
            return form
        return replace(
            form,
            url=camera.url,
            username=camera.username or "",
            password_env=camera.password_env or "",
            expected_fps=camera.expected_fps,
            transport=camera.transport,
        )

    def holds_secret(self) -> bool:
        """Tell whether the address carries credentials."""
        return redact(self.url) != self.url

    def settings(self) -> CameraSettings:
        """Return the camera as settings; raise ``SettingsError``, one line, naming the field."""
        if not self.cot_name.strip():
            raise SettingsError("Cot: give it a name, such as its place in the ward")
        if not self.url.strip():
            raise SettingsError("Address: where is the camera? For example rtsp://10.0.0.20/stream")
        if self.holds_secret():
            raise SettingsError(SECRET_LINE)
        try:
            return CameraSettings.model_validate(
                {
                    "name": f"{self.cot_name.strip()[:73]} camera",
                    "url": self.url.strip(),
                    "username": self.username.strip() or None,
                    "password_env": self.password_env.strip() or None,
                    "expected_fps": self.expected_fps or None,
                    "transport": self.transport,
                }
            )
        except ValidationError as error:
            raise SettingsError(_in_words(error)) from None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found: one line, and the picture when there is one."""

    is_good: bool
    line: str
    jpeg: bytes | None = None


def try_camera(form: CameraForm, take_still: TakeStill) -> Verdict:
    """Try the camera as typed; every outcome is a line for the person at the button."""
    try:
        image_hwc, info = take_still(form.settings())
    except CotsideError as error:
        return Verdict(False, str(error))
    return Verdict(True, good_line(info), encode_jpeg(shrink(image_hwc, _STILL_WIDTH_PX)))


def good_line(info: StreamInfo) -> str:
    """Say what a working camera sends."""
    rate = f", {info.fps:.3g} frames/s" if info.fps else ""
    return (
        f"It works: {info.width} × {info.height}, {info.codec.upper()}{rate}, "
        f"decoded by {info.decoder}."
    )


def add_camera(store: Store, form: CameraForm, by: Actor) -> int:
    """Store a new cot with its camera; return the cot's id.

    Raises ``SettingsError`` for a form that cannot be used, a taken name among them.
    """
    camera = form.settings()
    try:
        return store.watch_cot(
            form.cot_name.strip(), _columns(camera), keep_video=form.keep_video, by=by
        )
    except RowRejected:
        raise SettingsError(_taken(form)) from None


def change_camera(store: Store, cot_id: int, form: CameraForm, by: Actor) -> None:
    """Store changes of a cot and its camera; raises as :func:`add_camera` does."""
    camera = form.settings()
    changes = {"name": form.cot_name.strip(), "keep_video": form.keep_video}
    try:
        store.change_cot(cot_id, changes, _columns(camera), by=by)
    except RowRejected:
        raise SettingsError(_taken(form)) from None


def _columns(camera: CameraSettings) -> dict[str, object]:
    names = {"name", "url", "username", "password_env", "expected_fps", "transport"}
    return camera.model_dump(include=names)


def _taken(form: CameraForm) -> str:
    return f"Cot: another cot is called {form.cot_name.strip()!r}; choose another name"


def _in_words(error: ValidationError) -> str:
    line = describe_validation_error(error, CameraSettings)
    field, _, message = line.partition(": ")
    if field == "password_env":
        message = "give the NAME of an environment variable (letters, digits, _), not the password"
    return f"{_LABELS.get(field, field)}: {message}"
