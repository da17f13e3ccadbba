"""Platt scaling of model probabilities: calibration with a temperature and an offset of the logit.

In: a model's probabilities of one emotion on the validation tracks, and their labels. Out: a temperature and an offset. The
calibrated logit is ``logit(p) / temperature + offset`` (Platt 1999, Probabilistic outputs for support vector machines). With an
offset of 0 it is the temperature scaling of Guo et al. 2017, arXiv:1706.04599. A model that was fitted to shares needs the
offset: a track with a share of 0.3 has the emotion, so the probability of its label is far above 0.3.

The temperature is positive, so the order of tracks stays the same. ROC and precision-recall curves depend only on that order
and do not change. Decisions do not change either if the threshold is calibrated too. A few dozen tracks do not determine two
numbers well, so both have a normal prior, whose mean is no calibration (temperature 1, offset 0).
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

Values = npt.NDArray[np.floating]
Array64 = npt.NDArray[np.float64]

DEVIATIONS = (0.5, 2.0)
"""Standard deviations of the normal priors on the temperature's logarithm and on the offset."""
LEAST = 1e-6
"""Least distance of a probability from 0 and 1, where the logit is infinite."""


def fit_platt(probabilities: Values, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit the temperature and the offset of Platt scaling to the labels of one emotion.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
    labels : np.ndarray [shape=(tracks,), dtype=bool]

    Returns
    -------
    temperature, offset : float
        The most probable values under the priors. 1 and 0 if all labels are the same.

    Examples
    --------
    >>> fit_platt(np.array([0.2, 0.7]), np.array([True, True]))
    (1.0, 0.0)
    >>> temperature, offset = fit_platt(np.array([0.2, 0.6]), np.array([False, True]))
    >>> 0.5 < temperature < 1
    True
    """
    if labels.all() or not labels.any():
        return 1.0, 0.0
    scores = _logits(probabilities)
    signs = np.where(labels, 1.0, -1.0)

    def cost(parameters: Array64) -> tuple[float, Array64]:
        sharpness = np.exp(-parameters[0])
        margins = signs * (scores * sharpness + parameters[1])
        slopes = -signs * expit(-margins)
        slope = np.array([-(slopes @ scores) * sharpness, slopes.sum()])
        prior = parameters / np.square(DEVIATIONS)
        return float(-log_expit(margins).sum() + parameters @ prior / 2), slope + prior

    log_temperature, offset = minimize(cost, np.zeros(2), jac=True, method="BFGS").x
    return float(np.exp(log_temperature)), float(offset)


def apply_platt(probabilities: Values, temperature: npt.ArrayLike, offset: npt.ArrayLike) -> Array64:
    """Calibrate probabilities by Platt scaling: divide their logits by the temperature, and add the offset.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(..., n)]
    temperature, offset : array-like [shape=(n,) or ()]

    Returns
    -------
    np.ndarray [shape=(..., n), dtype=float64]

    Examples
    --------
    >>> apply_platt(np.array([0.5, 0.9]), temperature=2.0, offset=0.0).round(2)
    array([0.5 , 0.75])
    """
    scaled: Array64 = expit(_logits(probabilities) / np.asarray(temperature) + np.asarray(offset))
    return scaled


def _logits(probabilities: Values) -> Array64:
    """Compute the logits of probabilities, which are kept away from 0 and 1."""
    logits: Array64 = logit(np.clip(probabilities.astype(np.float64), LEAST, 1 - LEAST))
    return logits
