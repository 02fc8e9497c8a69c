from tests.support.dashboard import monitor, state

__all__ = ["monitor", "state"]
