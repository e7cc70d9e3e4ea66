"""Build the bundled models where they are missing or damaged; quick when all is ready."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.embedders.bundled import EmbedderArtifact
from search.embedders.store import Artifact, Progress, ignore, prepare
from search.embedders.weights import UnreadableWeights
from search.reader.bundled import ReaderArtifact

_WIDTH = 30


class Command(BaseCommand):
    """Prepares what the settings choose, with a progress bar on stderr."""

    help = "Build the bundled search models where they are missing or damaged."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        home, full = Path(settings.MODEL_CACHE), settings.SEARCH_FULL_VOCABULARY
        wanted: list[tuple[str, Artifact]] = []
        if settings.SEARCH_EMBEDDER == "bundled":
            wanted.append(("embedder", EmbedderArtifact(full)))
        if settings.SEARCH_READER == "bundled":
            wanted.append(("reader", ReaderArtifact(full)))
        for label, artifact in wanted:
            try:
                folder = prepare(home, artifact, self._bar(label))
            except (UnreadableWeights, OSError) as error:
                raise CommandError(f"The {label} cannot be built: {error}") from error
            if options["verbosity"]:
                self.stdout.write(f"The {label} is ready in {folder}.")
        if not wanted:
            self.stdout.write("The settings choose no bundled model; there is nothing to prepare.")

    def _bar(self, label: str) -> Progress:
        if not sys.stderr.isatty():
            return ignore

        def show(share: float) -> None:
            done = round(_WIDTH * share)
            end = "\n" if share >= 1 else ""
            self.stderr.write(
                f"\r{label:9} [{'#' * done}{'.' * (_WIDTH - done)}] {share:4.0%}", ending=end
            )

        return show
