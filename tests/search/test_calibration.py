"""What is fitted, how it is kept, and what it makes of evidence."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import calibration
from search.calibration import Calibration, Judge, LanguageCalibration, Logistic
from search.evaluation import logistic
from search.fusion import Weights
from search.results import Evidence


def evidence(dense: float, reader: float | None = None, best: float = 0.0) -> Evidence:
    return Evidence(dense=dense, coverage=0.0, reader=reader, own_best=best)


def test_an_unknown_recipe_is_never_sure() -> None:
    values = calibration.shipped("no such recipe").of("zh")
    for judge in (values.unread, values.read):
        assert judge.verdict(evidence(1.0, 10.0)) == "close"


def test_a_judge_speaks_in_three_words() -> None:
    judge = Judge(
        topic=Logistic(intercept=-5, weights={"own_best": 10}),
        answer=Logistic(intercept=-5, weights={"dense": 10}),
        close=0.5,
        likely=0.8,
    )
    assert judge.verdict(evidence(0.9, best=0.9)) == "likely"
    assert judge.verdict(evidence(0.4, best=0.9)) == "close"
    assert judge.verdict(evidence(0.9, best=0.1)) == "nothing"


def test_words_alone_are_never_likely() -> None:
    assert calibration.lexical_verdict(1.0) == "close"
    assert calibration.lexical_verdict(0.1) == "nothing"


def test_a_calibration_survives_its_file() -> None:
    mean = np.linspace(-1, 1, 8, dtype=np.float32)
    judge = Judge(answer=Logistic(intercept=1.5, weights={"dense": 2.0}), close=0.25, likely=0.75)
    before = Calibration(
        recipe="r",
        languages={"zh": LanguageCalibration(weights=Weights(0.3), unread=judge, reader=0.05)},
        document_means={"zh": mean},
        query_means={"zh": -mean},
        adapters={"zh": np.outer(mean, mean), "en": np.zeros((8, 8), np.float32)},
    )
    after = calibration.from_json(json.loads(json.dumps(calibration.to_json(before))))
    assert after.of("zh") == before.of("zh")
    assert after.document_means["zh"] == pytest.approx(mean, abs=1e-3)
    assert after.query_means["zh"] == pytest.approx(-mean, abs=1e-3)
    assert after.adapters["zh"] == pytest.approx(np.outer(mean, mean), abs=1 / 127)
    assert not after.adapters["en"].any()


def test_fitting_finds_what_separates() -> None:
    random = np.random.default_rng(1)
    cases = [(evidence(float(x), float(random.normal())), x > 0.5) for x in random.random(400)]
    model = logistic.fit(cases, ("dense", "reader"))
    right = [model.probability(e) for e, answer in cases if answer]
    wrong = [model.probability(e) for e, answer in cases if not answer]
    assert min(np.quantile(right, 0.1), 0.5) >= np.quantile(wrong, 0.9)


def test_no_feature_counts_against_an_answer() -> None:
    """In this set nearer is worse; a model that says so would be right here and wrong in use."""
    cases = [(evidence(x / 100, x / 10), x < 50) for x in range(100)]
    model = logistic.fit(cases, ("dense", "reader"))
    assert all(weight >= 0 for weight in model.weights.values())


def test_a_group_counts_the_same_however_many_cases_it_has() -> None:
    """One set's answers lie at .8, the other's at .4, and both sets are to be heard."""
    small = [(evidence(x), x > 0.5) for x in (0.6, 0.8)] * 5
    large = [(evidence(x), x > 0.3) for x in (0.2, 0.4)] * 200
    alone = logistic.fit([*small, *large], ("dense",))
    groups = ["small"] * len(small) + ["large"] * len(large)
    shared = logistic.fit([*small, *large], ("dense",), groups)
    # Where the large set is heard alone, what is no answer in the small one passes for certain.
    assert shared.probability(evidence(0.6)) < alone.probability(evidence(0.6))


@given(st.lists(st.tuples(st.floats(-1, 1), st.booleans()), max_size=20))
def test_fitting_survives_any_cases(cases: list[tuple[float, bool]]) -> None:
    model = logistic.fit([(evidence(x), right) for x, right in cases], ("dense", "coverage"))
    assert 0.0 <= model.probability(evidence(0.3)) <= 1.0
