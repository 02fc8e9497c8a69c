"""The routes of signing in: the forms, the sign-in service, and the sign of life of an open page.

A form is taken only from a page of ours: the browser says where it comes from, and the cookie is
``SameSite=Lax``, so that another site can neither sign anybody in nor send a form in their name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from app.signing_in import forms, service
from app.signing_in.door import Admitted, Door, Refused, Visit
from app.signing_in.wall import NO_STORE, SIGN_IN_PATH
from db.errors import DatabaseError
from db.times import now_us

if TYPE_CHECKING:
    from app.state import AppState

_PAGE_HEADERS = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_LONGEST_FORM_BYTES = 10_000
_Endpoint = Callable[[Request], Awaitable[Response]]


def sign_in_routes(state: AppState) -> list[BaseRoute]:
    """Return the routes of signing in."""
    desk = _Desk(state)
    return [
        Route(SIGN_IN_PATH, desk.show, methods=["GET"]),
        Route(SIGN_IN_PATH, desk.take, methods=["POST"]),
        Route(f"{SIGN_IN_PATH}/service", desk.to_service, methods=["GET"]),
        Route(f"{SIGN_IN_PATH}/password", desk.show_password, methods=["GET"]),
        Route(f"{SIGN_IN_PATH}/password", desk.take_password, methods=["POST"]),
        Route("/session", desk.session, methods=["GET", "POST"]),
    ]


class _Desk:
    def __init__(self, state: AppState) -> None:
        self._state = state
        self._door: Door = state.door
        self._oidc = state.settings.people.oidc

    async def show(self, request: Request) -> Response:
        """Show the sign-in page; lead on who is signed in, or was by the service just now."""
        next_path = safe_path(request.query_params.get("next", "/"))
        visit = await self._visit(request)
        if visit is not None:
            ahead = f"{SIGN_IN_PATH}/password" if visit.must_choose_password else next_path
            return RedirectResponse(ahead, 303, NO_STORE)
        if self._oidc is None:
            return _html(forms.sign_in_html(next_path=next_path))
        claims = service.answer_in(request.cookies)
        if claims is None:
            return _html(forms.service_html())
        arguments = (self._door, self._state.store, self._oidc, claims)
        answer = await self._tried(service.admit, *arguments)
        if isinstance(answer, Refused):
            response: Response = _html(forms.service_html(fault=answer.line), 403)
        else:
            response = self._let_in(request, answer, next_path)
        for name in service.cookies_of_the_service(request.cookies):
            response.delete_cookie(name)
        return response

    async def take(self, request: Request) -> Response:
        """Take a name and a password."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        if self._oidc is not None:
            return PlainTextResponse("local accounts are off here", 404, NO_STORE)
        name, next_path = _text(form, "name"), safe_path(_text(form, "next") or "/")
        answer = await self._tried(self._door.sign_in, name, _text(form, "password"))
        if isinstance(answer, Refused):
            page = forms.sign_in_html(name=name, fault=answer.line, next_path=next_path)
            return _html(page, 403)
        return self._let_in(request, answer, next_path)

    async def to_service(self, _request: Request) -> Response:
        """Lead to the sign-in service."""
        if self._oidc is None:
            return RedirectResponse(SIGN_IN_PATH, 303, NO_STORE)
        return RedirectResponse(service.login_url(), 303, NO_STORE)

    async def show_password(self, request: Request) -> Response:
        """Show the page on which a password is chosen."""
        visit = await self._visit(request)
        if visit is None or visit.user.id is None or self._oidc is not None:
            return RedirectResponse(SIGN_IN_PATH, 303, NO_STORE)
        return _html(_password_page(visit, safe_path(request.query_params.get("next", "/"))))

    async def take_password(self, request: Request) -> Response:
        """Take a new password; every other sign-in of the person ends."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        visit = await self._visit(request)
        if visit is None or self._oidc is not None:
            return RedirectResponse(SIGN_IN_PATH, 303, NO_STORE)
        next_path = safe_path(_text(form, "next") or "/")
        given = [_text(form, name) for name in ("current", "password", "again")]
        answer = await self._tried(self._door.choose_password, visit, *given)
        if isinstance(answer, Refused):
            return _html(_password_page(visit, next_path, answer.line), 403)
        return self._let_in(request, answer, next_path)

    async def session(self, request: Request) -> Response:
        """Say whether an open page is still signed in; a POST says that somebody moved."""
        visit = await self._visit(request)
        if visit is None or visit.must_choose_password:
            return JSONResponse({"signed_in": False}, 401, NO_STORE)
        if request.method == "POST" and self._is_from_here(request):
            await run_in_threadpool(self._door.touch, visit)
        left_us = None if visit.idle_us is None else visit.active_us + visit.idle_us - now_us()
        left_s = None if left_us is None else max(0, left_us // 1_000_000)
        return JSONResponse({"signed_in": True, "idle_left_s": left_s}, headers=NO_STORE)

    async def _form(self, request: Request) -> FormData | Response:
        """Return what was sent, or the refusal of a form that is not ours or too long."""
        if not self._is_from_here(request):
            return PlainTextResponse("this form came from another site", 403, NO_STORE)
        length = request.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _LONGEST_FORM_BYTES:
            return PlainTextResponse("this form is too long", 413, NO_STORE)
        return await request.form(max_files=0, max_fields=10)

    def _is_from_here(self, request: Request) -> bool:
        """Tell whether a request comes from a page of ours, as the browser says."""
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site") == "same-origin"
        public_url = self._state.settings.dashboard.public_url or ""
        ours = {request.headers.get("host", ""), urlsplit(public_url).netloc} - {""}
        return urlsplit(origin).netloc in ours

    async def _visit(self, request: Request) -> Visit | None:
        client = request.client.host if request.client else None
        return await run_in_threadpool(self._door.visit_of, request.cookies, client)

    async def _tried(
        self, ask: Callable[..., Admitted | Refused], *given: object
    ) -> Admitted | Refused:
        try:
            return await run_in_threadpool(ask, *given)
        except DatabaseError as error:
            return Refused(f"Nobody can sign in now: {error}")

    def _let_in(self, request: Request, admitted: Admitted, next_path: str) -> Response:
        target = f"{SIGN_IN_PATH}/password" if admitted.must_choose_password else next_path
        response = RedirectResponse(target, 303, NO_STORE)
        response.set_cookie(
            self._door.cookie,
            admitted.token,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
            path="/",
        )
        return response


def safe_path(wanted: str) -> str:
    """Return a path of this server to lead on to; ``/`` for anything that could lead elsewhere."""
    is_path = wanted.startswith("/") and wanted.isprintable() and "\\" not in wanted
    return wanted if is_path and not wanted.startswith("//") and len(wanted) < 500 else "/"


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, _PAGE_HEADERS)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value[:1000] if isinstance(value, str) else ""


def _password_page(visit: Visit, next_path: str, fault: str = "") -> str:
    asks_current = not visit.must_choose_password
    return forms.password_html(
        visit.user.name, asks_current=asks_current, fault=fault, next_path=next_path
    )
