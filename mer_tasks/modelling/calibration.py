"""From what a model says to the share of such tracks that do carry the emotion.

In: a model's probabilities of an emotion on the validation tracks, and their labels. Out: a temperature and an offset for the
logit, ``logit(p) / temperature + offset`` (Platt 1999, Probabilistic outputs for support vector machines; with an offset of 0
it is the temperature scaling of Guo et al. 2017, arXiv:1706.04599). The offset is needed where a model was fitted to shares: a
track with a share of 0.3 carries the emotion, so its probability of that is far above 0.3.

The temperature is positive, so the order of tracks stays, and with it what depends on nothing else: ROC, precision-recall, and
every decision by a threshold that moves along. A few dozen tracks do not determine two numbers well: both have a normal prior,
whose mean changes nothing.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

Values = npt.NDArray[np.floating]
Array64 = npt.NDArray[np.float64]

DEVIATIONS = (0.5, 2.0)
"""Of the priors on the temperature's logarithm and on the offset."""
LEAST = 1e-6
"""Probabilities are kept so far from 0 and 1, where the logit ends."""


def fitted(probabilities: Values, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature and offset with which the labels are likeliest; 1 and 0 if all labels are the same.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
    labels : np.ndarray [shape=(tracks,), dtype=bool]
    """
    if labels.all() or not labels.any():
        return 1.0, 0.0
    scores, signs = _logits(probabilities), np.where(labels, 1.0, -1.0)

    def cost(parameters: Array64) -> tuple[float, Array64]:
        sharpness = np.exp(-parameters[0])
        margins = signs * (scores * sharpness + parameters[1])
        slopes = -signs * expit(-margins)
        slope = np.array([-(slopes @ scores) * sharpness, slopes.sum()])
        prior = parameters / np.square(DEVIATIONS)
        return float(-log_expit(margins).sum() + parameters @ prior / 2), slope + prior

    found = minimize(cost, np.zeros(2), jac=True, method="BFGS").x
    return float(np.exp(found[0])), float(found[1])


def calibrated(probabilities: Values, temperature: npt.ArrayLike, offset: npt.ArrayLike) -> Array64:
    """Probabilities with their logits divided and moved.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(..., n)]
    temperature, offset : array-like [shape=(n,) or ()]
    """
    moved: Array64 = expit(_logits(probabilities) / np.asarray(temperature) + np.asarray(offset))
    return moved


def _logits(probabilities: Values) -> Array64:
    found: Array64 = logit(np.clip(probabilities.astype(np.float64), LEAST, 1 - LEAST))
    return found
