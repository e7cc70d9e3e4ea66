"""Turning a query towards the passages that answer questions like it.

Guarantee: pure; a language without an adapter leaves a query as it is, and an adapter is small, so
that what was near stays near.

A model of meaning puts a question beside texts on its subject. What answers it is only some of
these, in the words of a policy or a leaflet. A linear map per language of the query, fitted on
questions that companies' knowledge answers, moves it there (`search.evaluation.adapting`).
"""

import numpy as np

from search.centring import centred
from search.engines.base import Vector


def adapted(query: Vector, adapter: Vector | None) -> Vector:
    """A centred query as a unit vector, moved by its language's adapter.

    query: shape (dimension,). adapter: shape (dimension, dimension); added to the identity.
    """
    if adapter is None:
        return query
    return centred(query + query @ adapter, np.float32(0.0))
