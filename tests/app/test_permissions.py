"""The permission table, against the pages and routes there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.permissions import (
    PAGE_PERMISSIONS,
    ROLE_PERMISSIONS,
    ROUTE_PERMISSIONS,
    Permission,
    Role,
    User,
)
from app.routes import routes
from app.state import AppState

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
    assert {route.path for route in routes(state)} == set(ROUTE_PERMISSIONS)


def test_only_health_and_metrics_ask_for_no_role():
    assert {path for path, needed in ROUTE_PERMISSIONS.items() if needed is None} == {
        "/healthz",
        "/metrics",
    }


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
