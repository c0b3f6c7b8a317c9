"""Which template a path belongs to."""

from __future__ import annotations

import pytest

from gateway.transcoding.path_template import PathTemplate, PathTree

LEAD, LEADS, STREAM, OVERRIDE, ACTIVE, POLICY = ["lead", "leads", "stream", "override", "active", "policy"]


@pytest.fixture
def tree() -> PathTree[str]:
    tree: PathTree[str] = PathTree()
    for method, text, target in (
        ("GET", "/v1/leads/{lead_id}", LEAD),
        ("GET", "/v1/leads", LEADS),
        ("POST", "/v1/leads:stream", STREAM),
        ("POST", "/v1/leads/{lead_id}:override", OVERRIDE),
        ("GET", "/v1/policies/active", ACTIVE),
        ("PATCH", "/v1/policies/{policy.policy_id=*}", POLICY),
    ):
        tree.add(method, PathTemplate.parse(text), target)
    return tree


@pytest.mark.parametrize(
    ("method", "path", "target", "values"),
    [
        ("GET", "/v1/leads", LEADS, {}),
        ("GET", "/v1/leads/7", LEAD, {"lead_id": "7"}),
        ("POST", "/v1/leads:stream", STREAM, {}),
        ("POST", "/v1/leads/7:override", OVERRIDE, {"lead_id": "7"}),
        ("GET", "/v1/leads/a%2Fb%3Ac%20%E6%9D%AD", LEAD, {"lead_id": "a/b:c 杭"}),
        ("GET", "/v1/le%61ds", LEADS, {}),
        ("GET", "/v1/policies/active", ACTIVE, {}),
        ("PATCH", "/v1/policies/active", POLICY, {"policy.policy_id": "active"}),
    ],
)
def test_a_path_finds_its_template_and_its_values(
    tree: PathTree[str], method: str, path: str, target: str, values: dict[str, str]
) -> None:
    match = tree.match(method, path)

    assert match is not None
    assert (match.found, match.values) == (target, values)


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v1", "/v1/leads/", "/v1//leads", "/v1/leads/7/", "/v1/leads/7:explode", "/v1/leads/7:override:override",
     "/v1/leads/%ff", "/v2/leads", "/v1/leads/7/receipt"],
)  # fmt: skip
def test_a_path_without_template_is_not_found(tree: PathTree[str], path: str) -> None:
    assert tree.match("GET", path) is None


def test_another_method_of_a_known_path_is_told_what_is_allowed(tree: PathTree[str]) -> None:
    match = tree.match("DELETE", "/v1/policies/active")

    assert match is not None
    assert match.found is None
    assert match.allowed == {"GET", "PATCH"}


@pytest.mark.parametrize("text", ["v1/leads", "/v1/**", "/v1/{name=a/*}", "/v1/leads/{Lead}", "/v1/leads:", "/v1/a b"])
def test_forms_that_are_not_routed_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"template|routed"):
        PathTemplate.parse(text)


def test_a_template_is_not_routed_twice(tree: PathTree[str]) -> None:
    with pytest.raises(ValueError, match="twice"):
        tree.add("GET", PathTemplate.parse("/v1/leads/{id}"), LEAD)


def test_a_template_reads_back_as_it_was_written() -> None:
    text = "/v1/operations/{service}/dead-letters/{dead_letter_id}:replay"

    assert str(PathTemplate.parse(text)) == text
