"""Every image keeps what the operations pages promise; on an engine, with the images that `make images` has built."""

from __future__ import annotations

import os
import re
import stat
from pathlib import PurePosixPath

import container_engine
import pytest
from build_images import BUDGETS_MB

from .image import Image

pytestmark = pytest.mark.images

_SHELLS = {"ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "sh", "tcsh", "zsh"}
_TOOLS = {
    "apt",
    "apt-get",
    "as",
    "cc",
    "curl",
    "dpkg",
    "gcc",
    "ld",
    "make",
    "perl",
    "pip",
    "pip3",
    "su",
    "sudo",
    "uv",
    "wget",
}
_CONFIGURATION = {".netrc", ".pypirc", "pip.conf", "uv.toml"}
_IMPORT_ALL = """
import importlib, os, pkgutil
import {module}
for found in pkgutil.walk_packages({module}.__path__, "{module}."):
    if not found.name.endswith("__main__") and ".migrations" not in found.name:
        importlib.import_module(found.name)
print(os.getuid(), os.getgid())
"""
_WRITE = """
import pathlib
for place in ("/", "/opt/venv", "/tmp", "/var"):
    try:
        pathlib.Path(place, "written").touch()
    except OSError:
        continue
    raise SystemExit(place)
"""


def test_all_modules_load_for_a_user_without_rights_on_a_read_only_disk(image: Image) -> None:
    code = _IMPORT_ALL.format(module=image.module)

    assert image.run("-c", code, python=True) == "10001 10001"


def test_no_module_has_to_be_compiled_at_a_start(image: Image) -> None:
    sources = {name for name in image.files if re.match(r"(usr/lib/python3\.\d+|opt/venv)/.*\.py$", name)}
    compiled = {re.sub(r"__pycache__/([^/]+)\.cpython-\d+\.pyc$", r"\1.py", name) for name in image.files}

    assert len(sources - compiled) < 10  # some are templates and no modules


def test_nothing_can_be_written(image: Image) -> None:
    assert image.run("-c", _WRITE, python=True) == ""


def test_roles_are_arguments_and_missing_settings_are_named(image: Image) -> None:
    with pytest.raises(container_engine.EngineFailed, match=r"serve\|worker\|all\|migrate\|healthcheck"):
        image.run()
    with pytest.raises(container_engine.EngineFailed, match=f"{image.module.upper()}_DATABASE_URL: missing"):
        image.run("serve")


def test_migrations_are_inside(image: Image) -> None:
    versions = f"opt/venv/members/{image.module}/migrations/versions/"

    assert [name for name in image.files if name.startswith(versions) and name.endswith(".py")]


def test_there_is_no_shell_no_installer_and_no_compiler(image: Image) -> None:
    programs = {PurePosixPath(name).name for name, file in image.files.items() if file.mode & 0o111 or file.issym()}

    assert not programs & (_SHELLS | _TOOLS)
    assert not [name for name in image.files if re.search(r"-packages/(pip|setuptools|uv|pytest)/", name)]


def test_no_file_gives_the_rights_of_its_owner_to_who_runs_it(image: Image) -> None:
    assert [name for name, file in image.files.items() if file.mode & (stat.S_ISUID | stat.S_ISGID)] == []


def test_no_file_of_the_service_can_be_changed_by_it(image: Image) -> None:
    ours = {name: file for name, file in image.files.items() if name.startswith("opt/") and not file.issym()}

    assert ours
    assert [name for name, file in ours.items() if file.uid != 0 or file.mode & 0o022] == []


def test_no_secret_and_no_index_address_is_in_any_layer(image: Image) -> None:
    history = container_engine.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image.name)
    configuration = [
        name for name in image.files if PurePosixPath(name).name in {".netrc", ".pypirc", "pip.conf", "uv.toml"}
    ]
    keys = [name for name, text in image.texts.items() if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n", text)]
    left = [name for name, file in image.files.items() if name in {"run/ca.pem", "run/index"} and file.size]

    assert (configuration, keys, left) == ([], [], [])
    assert "://" not in history
    if mirror := os.environ.get("PIP_INDEX_URL"):
        assert [name for name, text in image.texts.items() if mirror.encode() in text] == []


def test_it_stays_within_its_budget(image: Image) -> None:
    assert image.about["Size"] / 1e6 <= BUDGETS_MB[image.service]


def test_a_change_of_our_code_moves_one_small_layer(image: Image) -> None:
    layers = container_engine.docker("history", "--format", "{{.Size}}|{{.CreatedBy}}", "--human=false", image.name)
    (ours,) = (line for line in layers.splitlines() if "/opt/venv/members" in line)

    assert int(ours.partition("|")[0]) < 30e6


def test_it_says_what_it_is_and_how_it_stops(image: Image) -> None:
    settings = image.about["Config"]
    labels = {name.rpartition(".")[2]: value for name, value in settings["Labels"].items()}

    assert settings["User"] == "10001:10001"
    assert settings["StopSignal"] == "SIGTERM"
    assert settings["Entrypoint"] == ["/opt/venv/bin/python", "-m", image.module]
    assert labels["title"] == f"throughline-{image.service}"
    assert labels["version"] == image.name.rpartition(":")[2]
    assert labels["licenses"] == "Apache-2.0"
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", labels["revision"])


def test_its_list_of_components_names_packages_of_python_and_of_the_system(image: Image) -> None:
    urls = [component["purl"] for component in image.components["components"]]

    assert image.components["specVersion"] == "1.6"
    assert any(url.startswith("pkg:pypi/grpcio@") for url in urls)
    assert any(url.startswith("pkg:pypi/throughline-chassis@") for url in urls)
    assert any(url.startswith("pkg:deb/debian/libc6@") for url in urls)
    assert not any(url.startswith("pkg:pypi/pytest@") for url in urls)
