"""Files of a landing zone that are ignored by their names: those of operating systems, and what commonly lies beside music.

Input: a key. Output: its kind.

- ``hidden``: a name begins with a dot, as with ``.DS_Store`` and the ``._1.mp3`` that macOS writes beside ``1.mp3``. Older file
  servers for macOS write the dot as ``:2e``;
- ``system``: Windows, macOS or a network storage (Synology, QNAP, NetApp) wrote the file, or it lies in a folder of theirs;
- ``temporary``: an unfinished download, or a backup copy that an editor left;
- ``sidecar``: pictures, texts, playlists, cue sheets, checksums and lyrics;
- ``elsewhere``: any other file.

A table is no sidecar, because annotations in a wrong place must be seen. Neither is a video or an archive: it may have music.
"""

from posixpath import splitext
from typing import Literal

Kind = Literal["hidden", "system", "temporary", "sidecar", "elsewhere"]

# fmt: off
SYSTEM_NAMES = frozenset((
    "thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "autorun.inf", "folder.htt",
    "$recycle.bin", "system volume information", "found.000",
    "__macosx", "icon\r", "network trash folder", "temporary items", "thevolumesettingsfolder",
    "@eadir", "@tmp", "@sharebin", "#recycle", "#snapshot",
    "@recycle", "@recently-snapshot", "~snapshot", "lost+found",
))
"""Names of files and folders of operating systems, in lower case, since disks of Windows and macOS keep any case."""
SYSTEM_ENDINGS = ("@synoeastream", "@synoresource", ":zone.identifier")
"""Endings of the names of files that a Synology storage, or Windows in its Linux subsystem, keeps beside a file."""
TEMPORARY_EXTENSIONS = frozenset((
    ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".aria2", ".ytdl", ".!ut", ".!qb", ".bc!",
    ".tmp", ".temp", ".bak",
))
SIDECAR_EXTENSIONS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".avif", ".svg", ".ico", ".psd",
    ".txt", ".md", ".nfo", ".diz", ".log", ".pdf", ".rtf", ".doc", ".docx", ".odt", ".htm", ".html",
    ".json", ".xml", ".yaml", ".yml", ".url", ".webloc", ".lnk", ".ini", ".db",
    ".m3u", ".m3u8", ".pls", ".wpl", ".xspf", ".asx", ".cue", ".toc",
    ".md5", ".sha1", ".sha256", ".sfv", ".ffp", ".st5", ".accurip", ".par2", ".sig", ".asc", ".torrent",
    ".lrc", ".srt", ".vtt", ".pk", ".pkf", ".asd", ".sfk", ".reapeaks", ".gpk",
))
# fmt: on


def ignored_kind(key: str) -> Kind:
    r"""Return the kind of a file that is ignored if it is no track.

    Examples
    --------
    >>> [ignored_kind(f"rock/{name}") for name in ("._1.mp3", "Thumbs.db", "@eaDir/1.mp3/x.jpg", "1.mp3.part", "cover.JPG")]
    ['hidden', 'system', 'system', 'temporary', 'sidecar']
    >>> ignored_kind("rock/1.xyz")
    'elsewhere'
    """
    parts = key.lower().split("/")
    if any(part.startswith((".", ":2e")) for part in parts):
        return "hidden"
    if not SYSTEM_NAMES.isdisjoint(parts) or parts[-1].endswith(SYSTEM_ENDINGS):
        return "system"
    extension = splitext(parts[-1])[1]
    if extension in TEMPORARY_EXTENSIONS or parts[-1].endswith("~") or parts[-1].startswith("~$"):
        return "temporary"
    return "sidecar" if extension in SIDECAR_EXTENSIONS else "elsewhere"
