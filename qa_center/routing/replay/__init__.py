"""Measuring routing on the past: `replay` judges, `calibrate` fits, `synthetic` makes size.

Guarantee: pure like the rest of routing; words and vectors of texts are passed in.
"""

from .calibration import LEAST, Calibrated, calibrate
from .figures import Figures
from .history import BadHistory, PastQuestion, PastReply, read_history
from .running import NothingToJudge, Report, Texts, analysed, replay, split_at
from .synthetic import synthetic_history

__all__ = [
    "LEAST",
    "BadHistory",
    "Calibrated",
    "Figures",
    "NothingToJudge",
    "PastQuestion",
    "PastReply",
    "Report",
    "Texts",
    "analysed",
    "calibrate",
    "read_history",
    "replay",
    "split_at",
    "synthetic_history",
]
