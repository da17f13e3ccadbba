"""Names that are ignored in a landing zone."""

import pytest

from mer_tasks.landing.ignored_files import ignored_kind
from mer_tasks.landing.zone import role

NAMES = {
    "hidden": [
        *(".DS_Store", "._1.mp3", ".AppleDouble/1.mp3", ".Trashes/1.mp3", ".@__thumb/1.mp3", ".nfs0001", ".1.mp3.Ab12"),
        ":2eDS_Store",
    ],
    "system": [
        *("Thumbs.db", "THUMBS.DB", "ehthumbs.db", "desktop.ini", "Desktop.ini", "Icon\r", "1.mp3@SynoEAStream"),
        "1.mp3:Zone.Identifier",
        *("$RECYCLE.BIN/1.mp3", "System Volume Information/1.mp3", "__MACOSX/1.mp3", "@eaDir/1.mp3/SYNOAUDIO_01APIC_03.jpg"),
        *("#recycle/1.mp3", "#snapshot/1.mp3", "@Recycle/1.mp3", "lost+found/1.mp3"),
    ],
    "temporary": ["1.mp3.part", "1.mp3.crdownload", "1.mp3.filepart", "1.mp3.tmp", "1.wav~", "~$notes.docx", "1.mp3.!qB"],
    "sidecar": [
        "Folder.jpg",
        "AlbumArtSmall.jpg",
        "cover.PNG",
        "album.cue",
        "list.m3u8",
        "rip.log",
        "info.nfo",
        "1.lrc",
        "1.wav.asd",
    ],
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_a_name_that_a_system_or_a_program_leaves_beside_music_is_ignored(kind: str, name: str) -> None:
    assert ignored_kind(f"rock/{name}") == kind
    assert role(f"rock/{name}") is None


@pytest.mark.parametrize(
    "name", ["1.xyz", "1", "1.m4p", "votes.csv", "votes.xlsx", "music.zip", "video.mkv", "1.mid", "part", "tmp"]
)
def test_a_name_that_may_be_that_of_music_is_not_ignored(name: str) -> None:
    assert role(f"rock/{name}") == "other"


@pytest.mark.parametrize("name", ["thumbs.db.mp3", "Icon.mp3", "lost+found.mp3", "1.part.mp3", "cover.jpg.wav", "~.mp3"])
def test_a_track_may_be_called_like_a_file_that_is_ignored(name: str) -> None:
    assert role(f"rock/{name}") == "audio"
