"""The errors of the pipeline.

    CotsideError                 what a person may be shown as one line
    ├── SettingsError            a settings file that cannot be used
    ├── SourceError              a camera or file that cannot be read
    │   ├── OpenTimeout          accepted the connection, never answered
    │   ├── ReadTimeout          answered, then went silent
    │   ├── Auth                 refused the user or the password
    │   ├── Unreachable          nobody there
    │   ├── Unreadable           answers, but not with a video
    │   ├── Refused              a thing that Cotside will not open
    │   ├── Incomplete           ended before it should have
    │   └── EndOfStream          a live stream that closed
    ├── ModelError               a model that cannot be used
    │   ├── ModelLoadError       missing, cut, altered or of another kind
    │   ├── ProviderUnavailable  the processor asked for is not there
    │   └── InferenceFailed      the session fails, even rebuilt
    ├── MonitorError             the monitor cannot start or go on
    └── ReviewError              a review that cannot be begun, finished or written
        └── ClusterError         machines that cannot be reached, or do not fit the review

Library exceptions are translated where they arise; messages never carry a secret.
"""

from __future__ import annotations


class CotsideError(Exception):
    """Base of every error meant for a person: one line that says what, where, what to do."""


class SettingsError(CotsideError):
    """A settings file that cannot be used."""


class SourceError(CotsideError):
    """A camera or file that cannot be read."""


class OpenTimeout(SourceError):
    """The camera accepted the connection and did not answer in time."""


class ReadTimeout(SourceError):
    """The camera answered, then went silent."""


class Auth(SourceError):
    """The camera refused the user name or the password."""


class Unreachable(SourceError):
    """Nobody answers at the address."""


class Unreadable(SourceError):
    """What answers is not a video that can be decoded."""


class Refused(SourceError):
    """A source that Cotside will not open: a forbidden protocol, container, size or duration."""


class Incomplete(SourceError):
    """A recording that ended before its own index says it should."""


class EndOfStream(SourceError):
    """A live stream that the other side closed."""


class ModelError(CotsideError):
    """A model that cannot be used."""


class ModelLoadError(ModelError):
    """A model folder that is missing, cut, altered or of another kind."""


class ProviderUnavailable(ModelError):
    """The processor that was asked for is not available to ONNX Runtime."""


class InferenceFailed(ModelError):
    """The session failed, was rebuilt once, and failed again."""


class MonitorError(CotsideError):
    """The monitor cannot start or go on."""


class ReviewError(CotsideError):
    """A review that cannot be begun, a video of it that failed, or a result not written."""


class ClusterError(ReviewError):
    """A cluster that cannot be reached, or whose machines do not fit the review."""
