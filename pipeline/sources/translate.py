"""Turns FFmpeg's errors, by their name, into the errors of ``pipeline.errors``."""

from __future__ import annotations

import errno

import av
from av import error as ffmpeg

from pipeline.errors import (
    Auth,
    EndOfStream,
    OpenTimeout,
    ReadTimeout,
    Refused,
    SourceError,
    Unreachable,
    Unreadable,
)

OPENING, READING = "opening", "reading"

_NOT_THERE = {
    errno.EHOSTUNREACH: "no way to that host",
    errno.ENETUNREACH: "no way to that network",
    errno.EADDRNOTAVAIL: "no such address",
    errno.ENODEV: "no such device",
    errno.ENXIO: "no such device",
    errno.EPIPE: "the connection broke",
}


def translate(error: av.FFmpegError, step: str, *, network: bool, waited_s: float) -> SourceError:
    """Return the error of ours that says what happened; ``step`` is OPENING or READING.

    The line names neither address nor user: the caller adds the camera's own name.
    """
    for translator in (_of_timeout, _of_refusal, _of_absence):
        found = translator(error, step, network, waited_s)
        if found is not None:
            return found
    if isinstance(error, ffmpeg.EOFError):
        if network:
            if step == READING:
                return EndOfStream("the camera closed the stream")
            return Unreachable("closed the connection before it sent a picture")
        return Unreadable("holds no picture: it is empty or cut off at its beginning")
    name = error.strerror or type(error).__name__
    return Unreadable(f"is not a video that can be decoded ({name})")


def _of_timeout(
    error: av.FFmpegError, step: str, network: bool, waited_s: float
) -> SourceError | None:
    del network
    if not isinstance(error, (ffmpeg.ExitError, ffmpeg.TimeoutError)):
        return None
    if step == OPENING:
        return OpenTimeout(f"no answer within {waited_s:g} s")
    return ReadTimeout(f"went silent: nothing for {waited_s:g} s")


def _of_refusal(
    error: av.FFmpegError, step: str, network: bool, waited_s: float
) -> SourceError | None:
    del step, waited_s
    if isinstance(error, (ffmpeg.HTTPUnauthorizedError, ffmpeg.HTTPForbiddenError)):
        return Auth("the camera refuses the user name or the password")
    if isinstance(error, ffmpeg.HTTPNotFoundError):
        return Unreadable("the camera answers, but has nothing at this path (404)")
    if isinstance(error, ffmpeg.HTTPServerError):
        return Unreadable("the camera answers that it has a fault of its own (5xx)")
    if isinstance(error, (ffmpeg.HTTPClientError, ffmpeg.HTTPError)):
        return Unreadable("the camera answers, but refuses to send video (4xx)")
    if isinstance(error, (ffmpeg.ProtocolNotFoundError, ffmpeg.ArgumentError)):
        return Refused("is of a kind, or points at a place, that Cotside does not open")
    if isinstance(error, ffmpeg.PermissionError):
        return Auth("the camera denies access") if network else Unreadable("may not be read")
    return None


def _of_absence(
    error: av.FFmpegError, step: str, network: bool, waited_s: float
) -> SourceError | None:
    del waited_s
    if isinstance(error, (ffmpeg.ConnectionRefusedError, ffmpeg.ConnectionResetError)):
        return Unreachable("nobody answers there: the connection was refused or reset")
    if isinstance(error, ffmpeg.FileNotFoundError):
        return Unreachable("there is no such file or device")
    if error.errno in _NOT_THERE:
        return Unreachable(_NOT_THERE[error.errno])
    if error.errno == errno.EIO and network:
        if step == OPENING:
            return Unreachable("the host name is unknown or nobody answers there")
        return EndOfStream("the connection to the camera broke")
    return None
