"""A release: one version everywhere, and what it brings along can be opened."""

import shutil

import pytest

import release
from checks import ROOT


@pytest.fixture
def tree(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    version = release.version(ROOT)
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n## {version}\n\nAll of it.\n", "utf-8")
    return tmp_path, version


def test_with_one_version_everywhere_nothing_is_missing(tree):
    folder, version = tree
    assert release.faults(folder, version) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("pyproject.toml", "pyproject.toml says version 9.9.9, not {}."),
        ("CITATION.cff", "CITATION.cff says version 9.9.9, not {}."),
        ("CHANGELOG.md", "CHANGELOG.md has no section that begins with '## {}'."),
    ],
)
def test_another_version_anywhere_is_named(tree, name, says):
    folder, version = tree
    text = (folder / name).read_text("utf-8")
    (folder / name).write_text(text.replace(version, "9.9.9"), "utf-8")
    assert release.faults(folder, version) == [says.format(version)]


@pytest.mark.parametrize("wanted", ["1", "v1.0.0", "1.0", "1.0.0rc1", ""])
def test_what_is_no_version_is_refused(tree, wanted):
    assert release.faults(tree[0], wanted) == [f"A version is three numbers with dots between; got {wanted!r}."]
