"""The indexes of one platform in Elasticsearch, and the aliases that say what they are for.

Guarantee: an index is named by the generation and the fingerprint of the embedding recipe that it
holds, and holds nothing else. The read alias moves from one index to the next in one action, so
every search sees one index, whole. Nothing is ever written to an index that somebody deleted,
since writes go through an alias of its own that is not made by writing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError

from search.engines.elasticsearch.documents import new_index
from search.engines.elasticsearch.gateway import Gateway

_WORDS = "words"
"""Stands for the recipe of a generation that has no vectors yet."""


@dataclass(frozen=True, slots=True, order=True)
class IndexName:
    """generation: its primary key. recipe: fingerprint, "" before the first vector.

    attempt: counts how often the generation had to be copied anew.
    """

    prefix: str
    generation: int
    recipe: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.prefix}.g{self.generation}-{self.recipe or _WORDS}-{self.attempt}"

    @property
    def own(self) -> str:
        """The alias to write to."""
        return f"{self}.own"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is there. read: the index that answers searches. write: the newest one."""

    names: tuple[IndexName, ...] = ()
    read: IndexName | None = None
    write: IndexName | None = None

    def newest(self, generation: int, recipe: str) -> IndexName | None:
        """The last attempt at a generation with a recipe."""
        found = [n for n in self.names if (n.generation, n.recipe) == (generation, recipe)]
        return max(found, default=None)


class Indices:
    """Makes, finds, swaps and removes indexes."""

    def __init__(self, gateway: Gateway, prefix: str) -> None:
        self._gateway = gateway
        self._prefix = prefix
        self.read_alias = f"{prefix}.read"
        self.write_alias = f"{prefix}.write"
        self._pattern = f"{prefix}.g*"
        self._parts = re.compile(rf"{re.escape(prefix)}\.g(\d+)-(\w+)-(\d+)")

    def layout(self) -> Layout:
        """Ask what is there, in one call."""
        with self._gateway.reading() as client:
            found = dict(client.indices.get_alias(index=self._pattern))
        known = {index: name for index in found if (name := self._parse(index)) is not None}
        of = {
            alias: name
            for index, name in known.items()
            for alias in found[index]["aliases"]
            if alias in (self.read_alias, self.write_alias)
        }
        return Layout(tuple(known.values()), of.get(self.read_alias), of.get(self.write_alias))

    def create(self, layout: Layout, generation: int, recipe: str) -> IndexName:
        """A new, empty index that the write alias names from now on."""
        last = layout.newest(generation, recipe)
        name = IndexName(self._prefix, generation, recipe, last.attempt + 1 if last else 1)
        with self._gateway.writing(patient=True) as client:
            try:
                new_index(str(name), [name.own]).create(using=client)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
        self._move(self.write_alias, name)
        return name

    def swap(self, name: IndexName) -> None:
        """Let `name` answer searches from now on."""
        self._move(self.read_alias, name)

    def remove(self, names: Sequence[IndexName]) -> None:
        """Delete indexes; those that are not there are passed over."""
        if names:
            with self._gateway.writing(patient=True) as client:
                client.indices.delete(index=[str(name) for name in names], ignore_unavailable=True)

    def _move(self, alias: str, name: IndexName) -> None:
        actions: list[dict[str, Any]] = [
            {"remove": {"index": self._pattern, "alias": alias, "must_exist": False}},
            {"add": {"index": str(name), "alias": alias}},
        ]
        with self._gateway.writing(patient=True) as client:
            client.indices.update_aliases(actions=actions)

    def _parse(self, index: str) -> IndexName | None:
        match = self._parts.fullmatch(index)
        if match is None:
            return None
        generation, recipe, attempt = match.groups()
        recipe = "" if recipe == _WORDS else recipe
        return IndexName(self._prefix, int(generation), recipe, int(attempt))
