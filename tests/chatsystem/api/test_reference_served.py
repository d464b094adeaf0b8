"""The API's reference as it is served: the document, its page, and nothing that makes them."""

import re
from io import StringIO

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from tests.chatsystem.api.reference import python
from tests.server import ROOT


@pytest.fixture
def browser():
    return Client()


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/openapi.json/"])
def test_the_document_is_served_as_it_lies(browser, path):
    response = browser.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.content == (ROOT / "chatsystem" / "api" / "openapi.json").read_bytes()


def test_it_takes_no_other_method(browser):
    response = browser.post("/api/v1/openapi.json")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_the_page_stands_under_a_strict_policy(browser):
    response = browser.get("/api/v1/docs")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    page = response.content.decode()
    assert re.findall(r"<script(?! src=)|<style| style=| on\w+=|javascript:", page) == []
    assert 'data-document="/api/v1/openapi.json"' in page
    assert "Set-Cookie" not in response


def assets(page):
    return re.findall(r'(?:src|href)="/static/([^"]+)"', page)


def test_the_page_needs_files_of_this_service_alone(browser):
    page = browser.get("/api/v1/docs").content.decode()
    assert assets(page) == [
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
        "chatsystem/api_reference.css",
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
        "chatsystem/api_reference.js",
    ]
    assert all(finders.find(name) for name in assets(page))
    assert re.findall(r'(?:src|href)="(?!/|data:,)', page) == []


def test_a_server_serves_the_page_and_its_files(server):
    with server.client() as client:
        page = client.get("docs").text
        answers = {name: client.get(f"{server.url}/static/{name}") for name in assets(page)}
    assert [answer.status_code for answer in answers.values()] == [200] * 4
    kinds = [answer.headers["Content-Type"].partition(";")[0] for answer in answers.values()]
    assert kinds == ["text/css", "text/css", "text/javascript", "text/javascript"]


def test_collected_files_have_names_that_can_be_kept_for_ever(browser, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    call_command("collectstatic", interactive=False, stdout=StringIO())
    found = assets(browser.get("/api/v1/docs").content.decode())
    assert len(found) == 4
    for name in found:
        assert re.search(r"\.[0-9a-f]{12}\.(css|js)$", name)
        assert (tmp_path / name).is_file()
        assert (tmp_path / f"{name}.gz").is_file()


SERVING = """
import sys
sys.modules["drf_spectacular"] = None  # whoever imports it fails
import chatsystem.wsgi
from django.test import Client
from django.urls import get_resolver
assert len(get_resolver().reverse_dict) > 20
client = Client()
answers = [client.get(f"/api/v1/{path}").status_code for path in ("health", "openapi.json", "docs", "messages", "no")]
answers.append(client.post("/api/v1/auth/login", "[]", content_type="application/json").status_code)
assert answers == [200, 200, 200, 401, 404, 400], answers
assert not [name for name in sys.modules if ".api.reference" in name]
"""


def test_the_running_service_imports_nothing_that_makes_it():
    done = python("-c", SERVING)
    assert done.returncode == 0, done.stderr


def test_a_machine_without_the_generator_is_told_what_is_missing():
    code = "import runpy, sys; sys.modules['drf_spectacular'] = None; runpy.run_path('manage.py', run_name='__main__')"
    done = python("-c", code, "openapi", "--check")
    assert (done.returncode, done.stderr) == (
        1,
        "CommandError: drf_spectacular is missing: install requirements-dev.txt.\n",
    )
