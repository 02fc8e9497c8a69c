"""What stands between a request and Streamlit, asked through a stand-in for Streamlit."""

from __future__ import annotations

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.permissions import Role, User
from app.signing_in.door import Door
from app.signing_in.wall import Wall
from db.store import Store
from pipeline.settings import PeopleSettings
from tests.support.asgi import TestClient
from tests.support.signing_in import SETUP, person, sign_in

PAGES = ["/", "/cot?cot=1", "/people", "/anything/at/all"]
INSIDES = ["/_stcore/metrics", "/_stcore/upload_file/x/y", "/media/x.jpg", "/component/x/y.js"]


async def inside(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def echo(socket: WebSocket) -> None:
    """Say back what was said, as a page's connection does its work."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


async def stubborn(socket: WebSocket) -> None:
    """Go on writing to a browser that has left, as Streamlit does."""
    await socket.accept()
    await socket.receive()
    await socket.close()
    await socket.send_text("still here?")


def client_of(door: Door, **options: bool) -> TestClient:
    app = Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", echo),
            WebSocketRoute("/_stcore/stubborn", stubborn),
            Route("/{path:path}", inside, methods=["GET", "POST", "PUT", "DELETE"]),
        ],
        middleware=[Middleware(Wall, door=door, **options)],
    )
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def stranger(door: Door) -> TestClient:
    return client_of(door)


@pytest.fixture
def ben(store: Store, door: Door, ada: int) -> tuple[TestClient, int]:
    """A clinician who is signed in, and the id."""
    user = person(store, "Ben", Role.CLINICIAN)
    client = client_of(door)
    client.cookies.set(door.cookie, sign_in(store, user))
    assert user.id is not None
    return client, user.id


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_who_opens_a_page_is_led_to_the_sign_in_page(stranger: TestClient, path: str):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", INSIDES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_stranger_reaches_nothing_of_streamlit(stranger: TestClient, method: str, path: str):
    assert stranger.request(method, path).status_code == 401


def test_a_stranger_s_connection_is_refused(stranger: TestClient):
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect("/_stcore/stream"):
        pass


@pytest.mark.parametrize("path", ["/healthz", "/static/index.js", "/sign-in", "/_stcore/health"])
def test_health_the_sign_in_page_and_the_bare_program_are_open(stranger: TestClient, path: str):
    assert stranger.get(path).text == "inside"


@pytest.mark.parametrize("path", ["/auth/login", "/oauth2callback?code=x"])
def test_streamlit_s_own_login_is_open_only_where_a_service_is_set(
    stranger: TestClient, door: Door, path: str
):
    assert stranger.get(path).text != "inside"
    assert client_of(door, has_service=True).get(path).text == "inside"


@pytest.mark.parametrize("path", [*PAGES, *INSIDES])
def test_who_is_signed_in_gets_through(ben: tuple[TestClient, int], path: str):
    assert ben[0].get(path).text == "inside"


def test_a_made_up_cookie_opens_nothing(stranger: TestClient, door: Door):
    stranger.cookies.set(door.cookie, "A" * 43)
    assert stranger.get("/_stcore/metrics").status_code == 401


def test_a_browser_that_leaves_is_no_fault_of_the_server(ben: tuple[TestClient, int]):
    with ben[0].websocket_connect("/_stcore/stubborn"):
        pass


@pytest.mark.parametrize("taken", ["role", "account", "password"])
def test_an_open_page_is_cut_off_when_role_account_or_password_is_taken_away(
    ben: tuple[TestClient, int], store: Store, door: Door, taken: str
):
    client, person_id = ben
    with client.websocket_connect("/_stcore/stream") as socket:
        socket.send_text("a click")
        assert socket.receive_text() == "a click"
        if taken == "role":
            store.set_role(person_id, "viewer", by=SETUP)
        elif taken == "account":
            store.disable(person_id, by=SETUP)
        else:
            store.choose_password(person_id, "x", by=SETUP)
        door.forget()
        socket.send_text("another click")
        with pytest.raises(WebSocketDisconnect) as cut:
            socket.receive_text()
        assert cut.value.code == 4401


def test_who_came_by_a_one_time_code_can_only_choose_a_password(store: Store, door: Door, ada: int):
    from app.signing_in.door import Admitted, code_for_a_day

    code, kept = code_for_a_day()
    store.add_person("Cleo", "administrator", by=SETUP, code=kept)
    answer = door.sign_in("Cleo", code)
    assert isinstance(answer, Admitted)
    client = client_of(door)
    client.cookies.set(door.cookie, answer.token)
    assert client.get("/").headers["location"] == "/sign-in/password"
    assert client.get("/_stcore/metrics").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass


def test_the_demonstration_is_open_to_this_machine_only(store: Store):
    demo = Door(store, PeopleSettings(), "demo.db", User("Demo clinician", Role.CLINICIAN))
    wall = Wall(Starlette(routes=[Route("/", inside)]), demo)

    async def ask(host: str) -> int:
        sent = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: object) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"",
            "headers": [], "client": (host, 1), "server": ("x", 80), "scheme": "http",
        }  # fmt: skip
        await wall(scope, receive, send)  # type: ignore[arg-type]
        return int(sent[0]["status"])

    assert anyio.run(ask, "127.0.0.1") == 200
    assert anyio.run(ask, "10.0.0.5") == 303
