"""A page is black from the first moment where night mode is on; nothing else is touched."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.first_paint import FirstPaint
from tests.support.asgi import TestClient

PAGE = f"<!doctype html><html><head><title>x</title></head><body>{'y' * 3000}</body></html>"


def page(_request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"ETag": "old"})


def data(_request: Request) -> Response:
    return JSONResponse({"head": "<head>"})


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", page), Route("/data", data)]
    inner = [Middleware(FirstPaint), Middleware(GZipMiddleware)]
    return TestClient(Starlette(routes=routes, middleware=inner))


def test_a_page_gets_the_lines_at_the_start_of_its_head(client: TestClient):
    answer = client.get("/", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    head = answer.text.partition("</head>")[0]
    assert head.index("cotside-night") < head.index("<title>")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert answer.text.endswith("</body></html>")


@pytest.mark.parametrize(("path", "accept"), [("/data", "text/html"), ("/", "*/*")])
def test_what_is_not_asked_for_as_a_page_or_is_none_stays_as_it_is(
    client: TestClient, path: str, accept: str
):
    answer = client.get(path, headers={"Accept": accept})
    assert "cotside-night" not in answer.text
    assert answer.text == (PAGE if path == "/" else '{"head":"<head>"}')
