"""Platt scaling of model probabilities: calibration with a temperature and an offset of the logit.

In: a model's probabilities of tracks that it was not fitted to, and their labels. Out: one temperature, and an offset for each
label. The calibrated logit is ``logit(p) / temperature + offset`` (Platt 1999, Probabilistic outputs for support vector
machines). With an offset of 0 it is the temperature scaling of Guo et al. 2017, arXiv:1706.04599. A model that was fitted to
shares needs the offset: a track with a share of 0.3 has the label, so the probability of its label is far above 0.3.

A network is over-confident to the same degree for all its labels, and a few dozen tracks do not determine a temperature for
each of them. So all labels have one temperature; in trials, this ranked the tracks of different folds better
(``docs/model.md``). Temperature and offsets have normal priors, whose mean is no calibration (temperature 1, offset 0). The
temperature is positive, so the order of tracks stays the same. ROC and precision-recall curves depend only on that order and do
not change. Decisions do not change either if the threshold is calibrated too.

If a track has exactly one label, the calibrated probabilities are ``softmax(log(p) / temperature + offsets)``: vector scaling
of Guo et al. with one temperature. The priors are the same. Offsets can change which label is the most probable one.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, logit, softmax

Values = npt.NDArray[np.floating]
Array64 = npt.NDArray[np.float64]

DEVIATIONS = (0.5, 2.0)
"""Standard deviations of the normal priors on the temperature's logarithm and on the offset."""
LEAST = 1e-6
"""Least distance of a probability from 0 and 1, where the logit is infinite."""


def fit_platt(probabilities: Values, labels: npt.NDArray[np.bool_]) -> tuple[float, Array64]:
    """Fit the temperature of all labels and the offset of each label, of which a track may have any number.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks, labels)]
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]

    Returns
    -------
    temperature : float
    offsets : np.ndarray [shape=(labels,), dtype=float64]
        The most probable values under the priors. A label that all tracks have, or none, is left out and has the offset 0.

    Examples
    --------
    >>> fit_platt(np.array([[0.2], [0.7]]), np.array([[True], [True]]))
    (1.0, array([0.]))
    >>> temperature, offsets = fit_platt(np.array([[0.2], [0.6]]), np.array([[False], [True]]))
    >>> 0.5 < temperature < 1
    True
    """
    varied = labels.any(axis=0) & ~labels.all(axis=0)
    offsets = np.zeros(labels.shape[1])
    if not varied.any():
        return 1.0, offsets
    scores = _logits(probabilities[:, varied])
    signs = np.where(labels[:, varied], 1.0, -1.0)
    variances = np.square([DEVIATIONS[0], *[DEVIATIONS[1]] * scores.shape[1]])

    def cost(parameters: Array64) -> tuple[float, Array64]:
        sharpness = np.exp(-parameters[0])
        margins = signs * (scores * sharpness + parameters[1:])
        slopes = -signs * expit(-margins)
        slope = np.array([-(slopes * scores).sum() * sharpness, *slopes.sum(axis=0)])
        prior = parameters / variances
        return float(-log_expit(margins).sum() + parameters @ prior / 2), slope + prior

    fitted = minimize(cost, np.zeros(len(variances)), jac=True, method="L-BFGS-B").x
    offsets[varied] = fitted[1:]
    return float(np.exp(fitted[0])), offsets


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


def fit_softmax(probabilities: Values, labels: npt.NDArray[np.bool_]) -> tuple[float, Array64]:
    """Fit the temperature and the offsets that calibrate probabilities of labels of which a track has exactly one.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks, labels)]
        The probabilities of a track sum to 1.
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
        One label of each track is True.

    Returns
    -------
    temperature : float
    offsets : np.ndarray [shape=(labels,), dtype=float64]
        The most probable values under the priors. 1 and zeros if all tracks have the same label.

    Examples
    --------
    >>> temperature, offsets = fit_softmax(np.array([[0.6, 0.4], [0.3, 0.7]]), np.eye(2, dtype=bool))
    >>> temperature < 1, bool(abs(offsets.sum()) < 1e-6)
    (True, True)
    """
    count = labels.shape[1]
    if labels.all(axis=0).any() or not len(labels):
        return 1.0, np.zeros(count)
    scores = _logs(probabilities)
    variances = np.square([DEVIATIONS[0], *[DEVIATIONS[1]] * count])

    def cost(parameters: Array64) -> tuple[float, Array64]:
        sharpness = np.exp(-parameters[0])
        logs = log_softmax(scores * sharpness + parameters[1:], axis=1)
        errors = np.exp(logs) - labels
        slope = np.array([-(errors * scores).sum() * sharpness, *errors.sum(axis=0)])
        prior = parameters / variances
        return float(-logs[labels].sum() + parameters @ prior / 2), slope + prior

    fitted = minimize(cost, np.zeros(1 + count), jac=True, method="BFGS").x
    return float(np.exp(fitted[0])), fitted[1:]


def apply_softmax(probabilities: Values, temperature: npt.ArrayLike, offsets: npt.ArrayLike) -> Array64:
    """Calibrate probabilities that sum to 1: divide their logarithms by the temperature, add the offsets, take the softmax.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(..., labels)]
    temperature : array-like [shape=(labels,) or ()]
    offsets : array-like [shape=(labels,) or ()]

    Returns
    -------
    np.ndarray [shape=(..., labels), dtype=float64]
        They sum to 1.

    Examples
    --------
    >>> apply_softmax(np.array([0.2, 0.8]), temperature=2.0, offsets=0.0).round(2)
    array([0.33, 0.67])
    """
    scaled: Array64 = softmax(_logs(probabilities) / np.asarray(temperature) + np.asarray(offsets), axis=-1)
    return scaled


def _logs(probabilities: Values) -> Array64:
    """Compute the logarithms of probabilities, which are kept away from 0."""
    logs: Array64 = np.log(np.maximum(probabilities.astype(np.float64), LEAST))
    return logs
