"""The permission table, against the pages and routes there are."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app.film_routes import film_url
from app.permissions import (
    PAGE_PERMISSIONS,
    ROLE_PERMISSIONS,
    ROUTE_PERMISSIONS,
    Permission,
    Role,
    User,
)
from app.routes import live_url, picture_url, routes, video_url
from app.signing_in.routes import sign_in_routes
from app.state import AppState, install
from app.upload_routes import upload_url
from db import audit
from tests.support.asgi import TestClient

APP = Path(__file__).parents[2] / "app"


def registered_pages() -> set[str]:
    """The names with which main.py lists its pages."""
    tree = ast.parse((APP / "main.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "listed"
    }


def test_every_page_stands_in_the_table_and_the_table_names_no_other():
    files = {path.stem for path in (APP / "pages").glob("*.py")} - {"__init__"}
    assert registered_pages() == files == set(PAGE_PERMISSIONS)


def test_every_route_stands_in_the_table_and_the_table_names_no_other(state: AppState):
    ours = [*routes(state), *sign_in_routes(state)]
    assert {route.path for route in ours} == set(ROUTE_PERMISSIONS)


def test_only_health_metrics_and_signing_in_ask_for_no_role():
    assert {path for path, needed in ROUTE_PERMISSIONS.items() if needed is None} == {
        "/healthz",
        "/metrics",
        "/sign-in",
        "/sign-in/service",
        "/sign-in/password",
        "/session",
    }


def sign_in_as(state: AppState, role: Role | None) -> AppState:
    """The same dashboard with somebody of that role, or nobody, in front of it."""
    made = replace(state, assumed_user=None if role is None else User("Ben", role))
    install(made)
    return made


@pytest.mark.parametrize("role", list(Role))
def test_each_page_opens_for_who_may_see_it_and_refuses_everybody_else(state: AppState, role: Role):
    sign_in_as(state, role)
    at = AppTest.from_file(str(APP / "main.py"), default_timeout=60).run()
    refused = set()
    for page in sorted(PAGE_PERMISSIONS):
        at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        if any(one.value.startswith("You may not") for one in at.error):
            refused.add(page)
    allowed = ROLE_PERMISSIONS[role]
    assert refused == {page for page, needed in PAGE_PERMISSIONS.items() if needed not in allowed}
    noted = {entry.subject for entry in audit.entries(state.engine, action="refused")}
    assert len(noted) == len({PAGE_PERMISSIONS[page] for page in refused})


def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def called_in(node: ast.AST) -> set[str]:
    """The names of what is called, methods by their own."""
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return {getattr(func, "attr", getattr(func, "id", "")) for func in calls}


def test_whatever_a_page_changes_asks_for_permission_in_the_same_function():
    """A callback runs before the page, for whoever pressed a button that was shown once."""
    writers = {
        name
        for path in (APP.parent / "db").glob("*.py")
        for name, node in functions_of(path).items()
        if "writing" in called_in(node) and not name.startswith("_")
    }
    writers |= {"add_camera", "change_camera", "draw_cot"}  # these call one
    changing = [
        (f"{path.stem}.{name}", called_in(node))
        for path in [*(APP / "pages").glob("*.py"), APP / "notes.py"]
        for name, node in functions_of(path).items()
        if called_in(node) & writers
    ]
    assert {"cameras.on_save", "cameras.on_draw", "cameras.on_remove"} <= {w for w, _ in changing}
    assert [where for where, called in changing if not called & {"require", "actor"}] == []


def test_whatever_the_pages_call_changes_nothing_without_knowing_who_asks():
    """It asks for the permission itself, or is told by whom it is called."""
    writers = {
        name
        for path in (APP.parent / "db").glob("*.py")
        for name, node in functions_of(path).items()
        if "writing" in called_in(node) and not name.startswith("_")
    } - {"note", "bind", "keep_advisories"}  # the trail itself, a socket's, the lookout's
    changing = [
        (
            f"{path.stem}.{name}",
            called_in(node),
            {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)},
        )
        for path in APP.glob("*.py")
        for name, node in functions_of(path).items()
        if called_in(node) & writers
    ]
    assert {"advisories.acknowledge", "annotating._on_save"} <= {where for where, _, _ in changing}
    asks = {"require", "actor", "annotator"}
    assert [
        where for where, called, told in changing if not called & asks and not told & {"user", "by"}
    ] == []


def test_a_button_shown_to_an_engineer_changes_nothing_for_the_viewer_that_they_became(
    state: AppState,
):
    cot_id = state.store.add_cot("Bay 1")
    state.store.add_camera(cot_id, name="c", url="rtsp://10.0.0.20/a")
    sign_in_as(state, Role.ENGINEER)
    at = AppTest.from_file(str(APP / "main.py"), default_timeout=60).run()
    at.switch_page("pages/cameras.py").run()
    next(one for one in at.button if one.label == "Change").click().run()
    at.checkbox[0].check().run()
    sign_in_as(state, Role.VIEWER)
    for label in ("Save", "Remove"):
        at.text_input(key="camera_url").set_value("rtsp://10.0.0.66/b")
        next(one for one in at.button if one.label == label).click().run()
        assert at.error[0].value.startswith("You may not change cots and cameras")
        sign_in_as(state, Role.ENGINEER)
        at.run()
        sign_in_as(state, Role.VIEWER)
    assert state.store.cameras(cot_id)[0].url == "rtsp://10.0.0.20/a"
    assert audit.entries(state.engine, subject="cot") == []


_ASKED = {
    "/live/{cot_id:int}.jpg": lambda state: live_url(state, 1),
    "/video/{video_id:int}.mp4": lambda state: video_url(state, 1),
    "/upload": lambda state: upload_url(
        state, state.assumed_user or User("Ben", Role.ADMINISTRATOR)
    ).format("a"),
    "/reviewed/{job_id:int}/{path:path}": lambda _state: "/reviewed/1/index.html",
    "/exported/{job_id:int}.mp4": lambda _state: "/exported/1.mp4",
    "/film/{recording_id:int}/original": lambda state: film_url(state, 1, "original"),
    "/film/{recording_id:int}/overlay": lambda state: film_url(state, 1, "overlay"),
    "/film/{recording_id:int}/times": lambda state: film_url(state, 1, "times"),
    "/film/{recording_id:int}/survey": lambda state: film_url(state, 1, "survey"),
    "/film/{recording_id:int}/points/{part:int}": lambda state: film_url(state, 1, "points").format(
        0
    ),
    "/picture/{frame_id:int}": lambda state: picture_url(state, 1),
}


@pytest.mark.parametrize("path", [path for path, needed in ROUTE_PERMISSIONS.items() if needed])
@pytest.mark.parametrize("role", [None, *Role])
def test_a_route_answers_only_who_may_ask_it(state: AppState, path: str, role: Role | None):
    """Even with the right token in the address: it may have been passed on."""
    asked = sign_in_as(state, role)
    client = TestClient(Starlette(routes=routes(asked)), client=("127.0.0.1", 1))
    method = "PUT" if path == "/upload" else "GET"
    status = client.request(method, _ASKED[path](asked)).status_code
    if role is None:
        assert status == 401
    elif User("Ben", role).may(ROUTE_PERMISSIONS[path]):
        # There is no such video, or what was sent is none: only they are told.
        assert status in (200, 204, 404, 415)
    else:
        assert status == 403


def test_every_role_stands_in_the_table():
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_an_administrator_may_everything_and_a_viewer_only_watch():
    assert ROLE_PERMISSIONS[Role.ADMINISTRATOR] == frozenset(Permission)
    assert ROLE_PERMISSIONS[Role.VIEWER] == {Permission.SEE_WARD}


@pytest.mark.parametrize(
    "permission", [Permission.MANAGE_PEOPLE, Permission.SEE_AUDIT, Permission.ERASE]
)
def test_only_administrators_manage_people_read_the_audit_and_erase(permission: Permission):
    allowed = {role for role in Role if User("x", role).may(permission)}
    assert allowed == {Role.ADMINISTRATOR}
