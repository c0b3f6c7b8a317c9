"""What rules want done, in the languages of the product."""

import json
from collections.abc import Mapping
from importlib import resources

from collab.domain.task import Task

_DEFAULT_LOCALE = "zh-CN"


class CatalogueTitles:
    """Titles by kind and language. Somebody's own words stand as they are."""

    def __init__(self, catalogue: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogue = catalogue

    @classmethod
    def load(cls) -> "CatalogueTitles":
        """The catalogue beside this module."""
        file = resources.files(__package__).joinpath("task_titles.json")
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def title(self, task: Task, locale: str) -> str:
        """A few words; the kind where the catalogue does not have it."""
        languages = self._catalogue.get(task.kind, {})
        return task.text.title or languages.get(locale) or languages.get(_DEFAULT_LOCALE) or task.kind
