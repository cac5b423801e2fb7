"""Finding weight files by name, path and URL."""

import dataclasses

import pytest

from fcsrlib.errors import CheckpointError
from fcsrlib.inference import weights
from fcsrlib.inference.releases.table import ReleasedModel
from fcsrlib.inference.weights import cache_folder, find_release, resolve_weights


@pytest.fixture
def library(tmp_path, monkeypatch):
    folder = tmp_path / "library"
    folder.mkdir()
    monkeypatch.setattr(weights, "RELEASED", folder)
    return folder


@pytest.fixture
def model(server, content, digest):
    server.files["/toy.safetensors"] = content
    return ReleasedModel(
        name="toy",
        file="toy.safetensors",
        kind="generator",
        scale=4,
        sha256=digest,
        size=len(content),
        url=server.url("/toy.safetensors"),
    )


def resolve(model, **options):
    return resolve_weights(model.name, table={model.name: model}, **options)


def test_the_librarys_own_file_comes_first(library, cache, server, model, content):
    for folder in (library, cache):
        folder.mkdir(exist_ok=True)
        (folder / model.file).write_bytes(content)
    assert resolve(model) == library / model.file
    assert server.requests == []


def test_the_cached_file_comes_next(library, cache, server, model, content):
    cache.mkdir()
    (cache / model.file).write_bytes(content)
    assert resolve(model) == cache / model.file
    assert server.requests == []


def test_a_download_comes_last_and_only_once(library, cache, server, model, content):
    seen = []
    path = resolve(model, progress=lambda *counts: seen.append(counts))
    assert path == cache / model.file and path.read_bytes() == content
    assert seen[-1] == (len(content), len(content))
    assert resolve(model) == path
    assert len(server.requests) == 1


@pytest.mark.parametrize("damage", [lambda c: c[:-1], lambda c: b"x" + c[1:]])
def test_a_damaged_file_is_passed_over_and_replaced(library, cache, server, model, content, damage):
    cache.mkdir()
    for folder in (library, cache):
        (folder / model.file).write_bytes(damage(content))
    assert find_release(model).path is None
    assert set(find_release(model).faults) == {library / model.file, cache / model.file}
    assert resolve(model).read_bytes() == content
    assert (library / model.file).read_bytes() == damage(content)


def test_without_a_net_the_error_says_what_was_tried_and_what_to_do(library, cache, server, model):
    server.stop()
    with pytest.raises(CheckpointError) as caught:
        resolve(model)
    message = str(caught.value)
    assert f"it is neither in {library} nor in {cache}" in message
    assert f"{model.url} cannot be reached" in message
    assert f"by hand: {cache / model.file}, 614,400 bytes, SHA-256 {model.sha256}" in message


def test_without_a_url_the_error_says_what_to_do(library, cache, model, content):
    model = dataclasses.replace(model, url=None)
    cache.mkdir()
    (cache / model.file).write_bytes(content[:3])
    with pytest.raises(CheckpointError, match=r"it has 3 bytes, expected 614,400; it cannot be do"):
        resolve(model)


def test_a_path_is_itself(tmp_path, cache):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"")
    assert resolve_weights(path) == path
    assert resolve_weights(str(path)) == path
    assert not cache.exists()


def test_a_name_goes_before_a_file_of_that_name(
    library, cache, model, content, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy").write_bytes(b"a stray file")
    (library / model.file).write_bytes(content)
    assert resolve(model) == library / model.file


@pytest.mark.parametrize("spec", ["toi", "../toy", "no/such.safetensors", "a\0b", "", "x" * 5000])
def test_what_is_neither_is_told_with_the_names_there_are(library, cache, model, spec):
    with pytest.raises(CheckpointError, match=r"is no file and no released model; .*toy"):
        resolve_weights(spec, table={"toy": model})


def test_the_librarys_table_is_used_by_default(cache):
    with pytest.raises(CheckpointError, match="'nobody' is no file and no released model"):
        resolve_weights("nobody")


def test_a_url_is_fetched_once_and_keeps_its_name(cache, server, model, content, digest):
    path = resolve_weights(f"{model.url}#sha256={digest}")
    assert path.name == "toy.safetensors" and path.read_bytes() == content
    assert cache / "urls" == path.parents[1]
    assert resolve_weights(model.url) == path
    assert len(server.requests) == 1


def test_a_web_page_in_place_of_a_file_is_refused_and_not_kept(cache, server, model, content):
    server.content_type = "text/html; charset=utf-8"
    with pytest.raises(CheckpointError, match="gives a web page, not a file; log in to the net"):
        resolve_weights(model.url)
    server.content_type = "application/octet-stream"
    assert resolve_weights(model.url).read_bytes() == content


def test_what_is_verified_may_be_called_a_web_page(cache, server, model, content, digest):
    server.content_type = "text/html"
    assert resolve_weights(f"{model.url}#sha256={digest}").read_bytes() == content


def test_two_urls_with_one_name_do_not_meet(cache, server, content):
    server.files |= {"/a/x.safetensors": content, "/b/x.safetensors": b"other"}
    one, other = (resolve_weights(server.url(f"/{folder}/x.safetensors")) for folder in "ab")
    assert (one.read_bytes(), other.read_bytes()) == (content, b"other")


def test_a_cached_file_of_another_hash_is_fetched_again(cache, server, model, content, digest):
    server.files["/toy.safetensors"] = b"old"
    path = resolve_weights(model.url)
    server.files["/toy.safetensors"] = content
    assert resolve_weights(f"{model.url}#sha256={digest}") == path
    assert path.read_bytes() == content


def test_a_url_with_a_wrong_hash_is_refused(cache, model):
    with pytest.raises(CheckpointError, match=r"another file than expected.* by hand: .*toy\.safe"):
        resolve_weights(f"{model.url}#sha256={'0' * 64}")
    assert not list(cache.rglob("toy.safetensors"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/..",
        "/../x.safetensors",
        "/%2e%2e/x.safetensors",
        "/a%2f..%2fx.safetensors",
        "/%2e%2e%2fx.safetensors/..",
        "/x%00.safetensors",
        "/.x",
        "/a%5cb",
        "/x%20y.safetensors",
    ],
)
def test_a_url_that_climbs_or_is_weird_is_refused_unasked(cache, server, path):
    with pytest.raises(CheckpointError, match="was refused: its path must end with a file's name"):
        resolve_weights(server.url(path))
    assert server.requests == [] and not cache.exists()


@pytest.mark.parametrize(
    "spec", ["file:///etc/passwd", "ftp://a.org/x", "http://", "https://me:pw@a.org/x", "s3://a/b"]
)
def test_other_schemes_and_passwords_are_refused(cache, spec):
    with pytest.raises(CheckpointError, match=r"was refused; expected http:// or https://"):
        resolve_weights(spec)


@pytest.mark.parametrize("fragment", ["sha256=12", "md5=12", "x"])
def test_a_fragment_that_is_no_hash_is_refused(cache, model, fragment):
    with pytest.raises(CheckpointError, match="expected #sha256= and 64 digits"):
        resolve_weights(f"{model.url}#{fragment}")


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FCSRLIB_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "fcsrlib"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the XDG rules: ignored
    assert cache_folder() == tmp_path / ".cache" / "fcsrlib"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "fcsrlib"
    monkeypatch.setenv("FCSRLIB_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_user_without_a_home_is_told(monkeypatch):
    monkeypatch.delenv("FCSRLIB_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def fail():
        raise RuntimeError("no home")

    monkeypatch.setattr("pathlib.Path.home", fail)
    with pytest.raises(CheckpointError, match="set FCSRLIB_CACHE to a folder"):
        cache_folder()
