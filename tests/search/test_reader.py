"""The reader: it judges, keeps to its budget, and says what it has not read."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from pytest_django.fixtures import Settings

from search import reader as readers
from search.embedders.weights import UnreadableWeights
from search.reader import Reader, ReaderUnavailable, get_reader
from search.reader import building as reader_building
from search.reader.bundled import BundledReader, ReaderArtifact
from tests.search.models import bundled_embedder, bundled_reader

QUESTION = "提前支取定期存款要扣多少利息"
ANSWER = "定期存款\n定期存款提前支取的，支取部分按支取日活期存款利率计付利息。"
NEAR = "定期存款\n定期存款五十元起存，期限从三个月到五年。"
FAR = "网点\n北城网点周一至周五九点开门。"


@pytest.fixture(scope="module")
def reader() -> BundledReader:
    return bundled_reader()


@pytest.fixture
def fresh(settings: Settings) -> Iterator[Settings]:
    readers.forget()
    yield settings
    readers.forget()


def test_what_answers_is_above_what_is_near_and_far(reader: BundledReader) -> None:
    answer, near, far = reader.score(QUESTION, [ANSWER, NEAR, FAR], budget_seconds=60)
    assert answer is not None
    assert near is not None
    assert far is not None
    assert answer > near > far


def test_a_judgement_depends_on_its_passage_alone(reader: BundledReader) -> None:
    together = reader.score(QUESTION, [FAR, ANSWER], budget_seconds=60)
    assert reader.score(QUESTION, [ANSWER], budget_seconds=60) == [together[1]]


def test_scripts_are_one(reader: BundledReader) -> None:
    simplified = reader.score(QUESTION, [ANSWER], budget_seconds=60)
    assert (
        reader.score("提前支取定期存款要扣多少利息".replace("扣", "扣"), [ANSWER], 60) == simplified
    )
    assert reader.score(
        "提前支取定期存款要扣多少利息？"[:-1], [ANSWER.replace("计", "計")], 60
    ) == (simplified)


def test_no_time_reads_nothing_and_says_so(reader: BundledReader) -> None:
    assert reader.score(QUESTION, [ANSWER, NEAR], budget_seconds=0) == [None, None]


def test_it_stops_in_time_and_reads_the_first_ones_first(reader: BundledReader) -> None:
    passages = [ANSWER * 10] * 60
    reader.score(QUESTION, passages[:3], budget_seconds=60)
    start = time.process_time()
    scores = reader.score(QUESTION, passages, budget_seconds=0.5)
    spent = time.process_time() - start
    read = [score is not None for score in scores]
    assert read == sorted(read, reverse=True)
    assert not read[-1]
    # Of the processor's time, which a busy machine does not stretch; and not the budget itself.
    assert spent < 5


@pytest.mark.parametrize("question", ["", " \u200b"])
def test_no_question_reads_nothing(reader: BundledReader, question: str) -> None:
    assert reader.score(question, [ANSWER], budget_seconds=60) == [None]


def test_long_texts_are_cut_as_trained(reader: BundledReader) -> None:
    pieces = reader.pieces("问题" * 500, "答案" * 500)
    assert len(pieces) == 256
    assert pieces[0] == 0
    assert pieces[65] == pieces[-1] == 2
    assert reader.score("问题" * 500, ["答案" * 5000, ""], budget_seconds=60)[0] is not None


def test_no_passages(reader: BundledReader) -> None:
    assert reader.score(QUESTION, []) == []


def test_fits_the_contract(reader: BundledReader) -> None:
    assert isinstance(reader, Reader)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "reader-v1.npz"
    file.write_bytes(b"PK nonsense")
    with pytest.raises(UnreadableWeights, match="damaged"):
        reader_building.build_reader(tmp_path, file, "0" * 64, 256, False, lambda share: None)


class TestFactory:
    def test_gives_the_bundled_one_once_per_process(self, fresh: Settings) -> None:
        fresh.SEARCH_READER = "bundled"
        first = get_reader(wait=True)
        assert get_reader() is first

    def test_disabled_says_so(self, fresh: Settings) -> None:
        fresh.SEARCH_READER = "disabled"
        with pytest.raises(ReaderUnavailable, match="switched off"):
            get_reader().score(QUESTION, [ANSWER])

    def test_an_unknown_choice_names_the_known_ones(self, fresh: Settings) -> None:
        fresh.SEARCH_READER = "magic"
        with pytest.raises(ReaderUnavailable, match="bundled"):
            get_reader()

    def test_a_missing_model_is_passing(self, fresh: Settings, tmp_path: Path) -> None:
        fresh.SEARCH_READER, fresh.MODEL_CACHE = "bundled", tmp_path
        with pytest.raises(ReaderUnavailable) as caught:
            get_reader()
        assert caught.value.passing
        assert get_reader(wait=True).score(QUESTION, [ANSWER], 60) != [None]


class TestPrepareCommand:
    def test_prepares_what_the_settings_choose_and_is_done_the_second_time(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bundled_embedder(), bundled_reader()
        settings.SEARCH_EMBEDDER = settings.SEARCH_READER = "bundled"
        call_command("search_prepare")
        told = capsys.readouterr().out
        assert "embedder is ready" in told
        assert "reader is ready" in told

    def test_has_nothing_to_do_without_bundled_models(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.SEARCH_EMBEDDER = settings.SEARCH_READER = "disabled"
        call_command("search_prepare")
        assert "nothing to prepare" in capsys.readouterr().out


def test_the_reader_measures_itself() -> None:
    bundled_reader()
    command = [sys.executable, "-m", "search.embedders.measure", "--reader"]
    done = subprocess.run(
        [*command, str(django_settings.MODEL_CACHE)], capture_output=True, text=True, check=True
    )
    assert '"read_pieces": 160' in done.stdout


def test_the_artifact_is_named_by_its_fingerprint(reader: BundledReader) -> None:
    assert ReaderArtifact().name.endswith(reader.fingerprint)
