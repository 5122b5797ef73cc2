import json

import pytest

from analytics.errors import ConfigError
from app.viewmodels.layout import (
    HIGHEST_PX,
    MOST_RECENT,
    WindowLayout,
    load_layout,
    load_or_set_aside,
    save_layout,
    with_recent,
)

WHOLE = WindowLayout(
    b"\x01geo",
    b"\xffdocks",
    "events",
    180,
    True,
    (4, 6),
    ("/a.csv",),
    charts={"count": 2, "charts": [{"symbol": "SBIN"}]},
    watchlist={"watched": ["SBIN"]},
    theme="light",
    symbol="SBIN",
)
OF_VERSION_1 = {
    "version": 1,
    "geometry": "AWdlbw==",
    "docks": "/2RvY2tz",
    "tab": "events",
    "bottom_height": 180,
    "narrow": True,
    "columns": [4, 6],
    "recent": ["/a.csv"],
}


def test_a_layout_comes_back_as_it_was_saved(tmp_path):
    path = tmp_path / "state" / "layout.json"
    save_layout(path, WHOLE)
    assert load_layout(path) == WHOLE


def test_no_file_is_the_default(tmp_path):
    assert load_layout(tmp_path / "layout.json") == WindowLayout()


def test_a_file_of_the_first_version_still_loads(tmp_path):
    path = tmp_path / "layout.json"
    path.write_text(json.dumps(OF_VERSION_1))
    assert load_layout(path) == WindowLayout(
        b"\x01geo", b"\xffdocks", "events", 180, True, (4, 6), ("/a.csv",)
    )


def test_charts_that_are_no_table_are_damage(tmp_path):
    path = tmp_path / "layout.json"
    save_layout(path, WHOLE)
    found = json.loads(path.read_text())
    for name in ("charts", "watchlist"):
        path.write_text(json.dumps(found | {name: ["x"]}))
        with pytest.raises(ConfigError, match=f"{name}: expected a table"):
            load_layout(path)


def test_one_that_cannot_be_put_aside_is_told_with_the_reason(tmp_path, monkeypatch):
    path = tmp_path / "layout.json"
    path.write_text("{")

    def refuse(_self, _target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    layout, fault = load_or_set_aside(path)
    assert layout == WindowLayout()
    assert "Permission denied" in fault


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "geometry": "%%"}', "\x00"]
)
def test_a_damaged_file_is_told_by_its_name(tmp_path, text):
    path = tmp_path / "layout.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"layout\.json"):
        load_layout(path)


def test_every_key_is_needed(tmp_path):
    path = tmp_path / "layout.json"
    save_layout(path, WHOLE)
    for key in json.loads(path.read_text()):
        found = json.loads(path.read_text())
        del found[key]
        other = tmp_path / "other.json"
        other.write_text(json.dumps(found))
        with pytest.raises(ConfigError):
            load_layout(other)


def test_recent_files_are_bounded_and_each_stands_once():
    recent = ()
    for number in range(20):
        recent = with_recent(recent, f"/{number}")
    assert len(recent) == MOST_RECENT
    assert with_recent(recent, "/15")[:2] == ("/15", "/19")


@pytest.mark.parametrize(
    "text", ['"bottom_height": Infinity', '"columns": [Infinity]', '"bottom_height": NaN']
)
def test_a_number_that_is_none_is_damage(tmp_path, text):
    path = tmp_path / "layout.json"
    whole = json.dumps(OF_VERSION_1)
    path.write_text(f"{whole[:-1]}, {text}}}")
    with pytest.raises(ConfigError, match=r"layout\.json is damaged"):
        load_layout(path)


@pytest.mark.parametrize(("height", "kept"), [(1e15, HIGHEST_PX), (-3, 0), (180, 180)])
def test_a_height_is_kept_within_what_a_screen_has(tmp_path, height, kept):
    path = tmp_path / "layout.json"
    path.write_text(json.dumps(OF_VERSION_1 | {"bottom_height": height}))
    assert load_layout(path).bottom_height == kept
