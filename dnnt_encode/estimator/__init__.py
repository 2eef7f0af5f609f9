"""Fit, predict, score, in the manner of scikit-learn and without it."""

from dnnt_encode.estimator.classifier import DiscreteNetworkClassifier
from dnnt_encode.estimator.regressor import DiscreteNetworkRegressor
from dnnt_encode.estimator.scoring import ScoringSystemClassifier

__all__ = ["DiscreteNetworkClassifier", "DiscreteNetworkRegressor", "ScoringSystemClassifier"]
