"""Maps of tracks by PCA, t-SNE and UMAP: tracks that sound alike lie close together.

In: the features of a run's tracks. Out: positions of each track in two and three dimensions. A track is described by the mean
and the standard deviation of each of its 155 features over its frames. These are scaled to unit variance and reduced to their
leading principal components. A map shows at most 600 tracks, chosen at random, and reads at most 40 segments of each. Seeds are
fixed, so a run gives the same map each time on one machine.
"""

import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from mer_tasks.corpus.segments import SegmentIndex

Array64 = npt.NDArray[np.float64]

MAX_TRACKS = 600
MAX_SEGMENTS = 40
"""Segments that are read of each track at most."""
COMPONENTS = 30
"""Principal components from which t-SNE and UMAP start, as in van der Maaten and Hinton (2008), JMLR 9."""
MIN_TRACKS = 10
"""With fewer tracks, neighbourhoods mean nothing, and only PCA is shown."""
NEIGHBOURS = 15


def sample_tracks(count: int, seed: int) -> npt.NDArray[np.intp]:
    """Choose at random which of `count` tracks a map shows.

    Returns
    -------
    np.ndarray [shape=(min(count, 600),), dtype=int]
        Indexes of the tracks, in ascending order.

    Examples
    --------
    >>> sample_tracks(4, seed=0).tolist()
    [0, 1, 2, 3]
    >>> len(sample_tracks(10_000, seed=0))
    600
    """
    if count <= MAX_TRACKS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MAX_TRACKS, replace=False))


def track_descriptions(index: SegmentIndex) -> Array64:
    """Compute the mean and the standard deviation of the features of each track. Tracks are read one by one, to save memory.

    Returns
    -------
    np.ndarray [shape=(tracks, 310), dtype=float64]

    Raises
    ------
    IntegrityError, ObjectMissing
        If features are missing or damaged.
    """
    ends = [*index.first[1:].tolist(), len(index)]
    descriptions = []
    for first, end in zip(index.first.tolist(), ends, strict=True):
        rows = np.unique(np.linspace(first, end - 1, min(end - first, MAX_SEGMENTS)).round().astype(np.int64))
        frames = index.read(rows).reshape(-1, index.shape[1])
        descriptions.append(np.concatenate([frames.mean(axis=0, dtype=np.float64), frames.std(axis=0, dtype=np.float64)]))
    return np.stack(descriptions)


def project_tracks(descriptions: Array64, dimensions: int, seed: int) -> dict[str, Array64]:
    """Project tracks to two or three dimensions by PCA, t-SNE and UMAP.

    Parameters
    ----------
    descriptions : np.ndarray [shape=(tracks, n)]
        Result of :func:`track_descriptions`, for two tracks or more.
    dimensions : {2, 3}
    seed : int

    Returns
    -------
    dict of str to np.ndarray [shape=(tracks, dimensions), dtype=float64]
        Positions of the tracks, by the name of the method. Only PCA if there are fewer than 10 tracks or all are equal.

    Examples
    --------
    >>> positions = project_tracks(np.eye(4), 2, seed=0)
    >>> {method: array.shape for method, array in positions.items()}
    {'PCA': (4, 2)}
    """
    scaled = StandardScaler().fit_transform(descriptions)
    if not scaled.any():  # all tracks are equal
        return {"PCA": scaled[:, :dimensions]}
    size = min(COMPONENTS, *scaled.shape)
    leading = PCA(size, random_state=seed).fit_transform(scaled)
    leading = np.pad(leading, ((0, 0), (0, max(0, dimensions - size))))
    positions = {"PCA": leading[:, :dimensions]}
    if len(descriptions) < MIN_TRACKS:
        return positions
    perplexity = min(30.0, (len(descriptions) - 1) / 3)
    with threadpool_limits(1):  # with so few points, threads would only wait for each other
        positions["t-SNE"] = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=seed).fit_transform(leading)
    umap = _umap()
    neighbours = min(NEIGHBOURS, len(descriptions) - 1)
    start = "spectral" if len(descriptions) > 4 * MIN_TRACKS else "random"  # a spectral start fails on a graph of few points
    mapper = umap(neighbours, n_components=dimensions, init=start, random_state=seed, n_jobs=1)
    positions["UMAP"] = mapper.fit_transform(leading)
    return {name: values.astype(np.float64) for name, values in positions.items()}


def _umap() -> Any:
    """Import class UMAP at its first use, without its module that would import TensorFlow."""
    sys.modules.setdefault("umap.parametric_umap", None)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP
    return UMAP
