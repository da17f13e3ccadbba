"""Maps of tracks: those that sound alike lie close together.

In: the features of a run's tracks. Out: places of each track in two and three dimensions by PCA, t-SNE and UMAP. A track is
described by the mean and the deviation of each of its 155 features over its frames, scaled to unit variance, and by the leading
components of that. Of more than 600 tracks, 600 that are drawn at random are shown; of a long one, 40 segments are read. Seeds
are fixed, so a run gives the same map twice on one machine.
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

SHOWN = 600
SEGMENTS = 40
"""Of a track, at most."""
COMPONENTS = 30
"""That t-SNE and UMAP begin from, as van der Maaten and Hinton (2008), JMLR 9, did."""
FEW = 10
"""With fewer tracks there are no neighbourhoods, and PCA is all that is shown."""
NEIGHBOURS = 15


def drawn(count: int, seed: int) -> npt.NDArray[np.intp]:
    """Places of the tracks that are shown, of `count`, in order."""
    if count <= SHOWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, SHOWN, replace=False))


def described(index: SegmentIndex) -> Array64:
    """Mean and deviation of the features of each track, read one after the other.

    Returns
    -------
    np.ndarray [shape=(tracks, 310), dtype=float64]

    Raises
    ------
    IntegrityError, ObjectMissing
        If features are gone or damaged.
    """
    ends = [*index.first[1:].tolist(), len(index)]
    found = []
    for first, end in zip(index.first.tolist(), ends, strict=True):
        rows = np.unique(np.linspace(first, end - 1, min(end - first, SEGMENTS)).round().astype(np.int64))
        frames = index.read(rows).reshape(-1, index.shape[1])
        found.append(np.concatenate([frames.mean(axis=0, dtype=np.float64), frames.std(axis=0, dtype=np.float64)]))
    return np.stack(found)


def maps(described: Array64, dimensions: int, seed: int) -> dict[str, Array64]:
    """Places of tracks by the name of the method.

    Parameters
    ----------
    described : np.ndarray [shape=(tracks, n)]
        Two tracks or more.
    dimensions : {2, 3}
    seed : int

    Returns
    -------
    dict of str to np.ndarray [shape=(tracks, dimensions), dtype=float64]
    """
    scaled = StandardScaler().fit_transform(described)
    if not scaled.any():  # all tracks are alike
        return {"PCA": scaled[:, :dimensions]}
    size = min(COMPONENTS, *scaled.shape)
    leading = PCA(size, random_state=seed).fit_transform(scaled)
    leading = np.pad(leading, ((0, 0), (0, max(0, dimensions - size))))
    found = {"PCA": leading[:, :dimensions]}
    if len(described) < FEW:
        return found
    perplexity = min(30.0, (len(described) - 1) / 3)
    with threadpool_limits(1):  # of so few points, threads would only wait for each other
        found["t-SNE"] = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=seed).fit_transform(leading)
    umap = _umap()
    near = min(NEIGHBOURS, len(described) - 1)
    start = "spectral" if len(described) > 4 * FEW else "random"  # the spectrum of a graph of few points is not to be had
    mapper = umap(near, n_components=dimensions, init=start, random_state=seed, n_jobs=1)
    found["UMAP"] = mapper.fit_transform(leading)
    return {name: values.astype(np.float64) for name, values in found.items()}


def _umap() -> Any:
    """The class UMAP, imported when it is needed, and without the part of it that would import TensorFlow."""
    sys.modules.setdefault("umap.parametric_umap", None)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP
    return UMAP
