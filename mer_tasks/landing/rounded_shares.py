"""Numbers of votes from the cells of counts and shares; a share that is rounded stands for the only number that fits."""

from fractions import Fraction

import numpy as np
import pandas as pd

FLOAT_ERROR = Fraction(1, 10**9)
"""Largest error that computing with floating-point numbers may leave in a share."""


def votes_of_sums(cells: pd.Series, listeners: pd.Series, *, shares: bool) -> tuple[pd.Series, pd.DataFrame]:
    """Return the votes in a column of counts or shares, and the cells that fit no number of votes.

    Parameters
    ----------
    cells, listeners : pd.Series
        Checked texts: a count, or a share from 0 to 1, and the number of the row's listeners.
    shares : bool
        Whether the cells have shares.

    Returns
    -------
    (pd.Series, pd.DataFrame)
        Votes (int64); for each cell that fits none its row (``index``), its text (``failure_case``) and what was expected
        (``check``).
    """
    cell_codes, cell_values = pd.factorize(cells)
    size_codes, sizes = pd.factorize(listeners)
    pairs, inverse = np.unique(cell_codes.astype("int64") * len(sizes) + size_codes, return_inverse=True)
    read = votes_of_share if shares else _votes_of_count
    results = [read(cell_values[pair // len(sizes)], int(sizes[pair % len(sizes)])) for pair in pairs.tolist()]
    problems = np.array([result if isinstance(result, str) else "" for result in results], dtype=object)[inverse]
    votes = np.array([0 if isinstance(result, str) else result for result in results], dtype="int64")[inverse]
    failed = np.flatnonzero(problems != "")
    failures = {"index": failed, "failure_case": cells.to_numpy()[failed], "check": problems[failed]}
    return pd.Series(votes, index=cells.index), pd.DataFrame(failures)


def _votes_of_count(cell: str, listeners: int) -> int | str:
    return int(cell) if int(cell) <= listeners else f"at most {listeners}, the number of listeners"


def votes_of_share(cell: str, listeners: int) -> int | str:
    """Return the number of votes that has this share, or what was expected.

    A share may be rounded: it stands for the only number of votes whose share, with as many decimals, is the same.

    Parameters
    ----------
    cell : str
        Share from 0 to 1, with a decimal point or comma.
    listeners : int

    Examples
    --------
    >>> votes_of_share("0.33", 3), votes_of_share("0,3", 10)
    (1, 3)
    >>> votes_of_share("0.5", 3)
    'a whole number of votes of 3 listeners; the nearest share is 0.666667'
    """
    text = cell.replace(",", ".")
    share = Fraction(text)
    if share > 1:
        return "a share from 0 to 1"
    nearest = round(share * listeners)
    if share * listeners == nearest:
        return nearest
    decimals = len(text.partition(".")[2].partition("e")[0]) + int(text.partition("e-")[2] or 0)
    tolerance = max(Fraction(1, 2 * 10**decimals), FLOAT_ERROR)
    fitting = [votes for votes in (nearest - 1, nearest, nearest + 1) if abs(Fraction(votes, listeners) - share) <= tolerance]
    if len(fitting) == 1:
        return nearest
    if fitting:
        return f"more decimals: this may be {fitting[0]} or {fitting[1]} votes of {listeners} listeners"
    return f"a whole number of votes of {listeners} listeners; the nearest share is {nearest / listeners:g}"
