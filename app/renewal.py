"""Parts of a page that renew themselves.

Streamlit sends what a page places as a list of places: first, second, third. When a timer renews a
fragment before the browser has been sent the page around it, Streamlit takes the fragment's first
answer out of the queue and puts its second one at the end, behind its neighbours. The browser then
meets the neighbour's place before the fragment's own, and the page stays empty. A container that
stands outside the fragment keeps the place, so that neighbours never wait for a fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

P = ParamSpec("P")


def renewed_every(period_s: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Renew what a function places every ``period_s`` seconds, in a place of its own.

    The only use of ``st.fragment`` in the project: a test holds it to that.
    """

    def decorate(place: Callable[P, None]) -> Callable[P, None]:
        fragment = st.fragment(place, run_every=period_s)

        @wraps(place)
        def in_its_place(*given: P.args, **named: P.kwargs) -> None:
            with st.container():
                fragment(*given, **named)

        return in_its_place

    return decorate
