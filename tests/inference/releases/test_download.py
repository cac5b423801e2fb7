"""Downloads: whole or not at all, resumed, verified, one at a time."""

import hashlib
import multiprocessing
import os
import threading

import pytest

from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases import download as module
from fcsrlib.inference.releases import integrity
from fcsrlib.inference.releases.download import Source, download

PATH = "/models/a.safetensors"


@pytest.fixture
def target(tmp_path):
    return tmp_path / "deep" / "a.safetensors"


@pytest.fixture
def source(server, content, digest):
    server.files[PATH] = content
    return Source(server.url(PATH), digest, len(content))


def part_of(target):
    return target.with_name(f".{target.name}.part")


def begin(target, content):
    target.parent.mkdir()
    part_of(target).write_bytes(content)


def list_visible(target):
    return [one.name for one in target.parent.iterdir() if one.name[0] != "."]


def test_the_file_arrives_with_its_progress(source, target, content):
    seen = []
    download(source, target, lambda *counts: seen.append(counts))
    assert target.read_bytes() == content
    assert seen[0] == (0, len(content)) and seen[-1] == (len(content), len(content))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert not part_of(target).exists()


def test_a_broken_download_goes_on_where_it_stopped(source, server, target, content):
    server.breaks = [200_000, 100_000]
    download(source, target)
    assert target.read_bytes() == content
    assert server.ranges == [None, "bytes=200000-", "bytes=300000-"]


def test_the_next_call_goes_on_after_the_last_attempt(source, server, target, content):
    server.breaks = [100_000] * 3
    with pytest.raises(CheckpointError, match=r"broke off after 300,000 of 614,400 bytes; try ag"):
        download(source, target)
    assert list_visible(target) == []
    download(source, target)
    assert target.read_bytes() == content
    assert server.ranges[-1] == "bytes=300000-"


def test_a_server_without_ranges_sends_everything_again(source, server, target, content):
    server.has_range = False
    server.breaks = [200_000]
    download(source, target)
    assert target.read_bytes() == content
    assert server.ranges == [None, "bytes=200000-"]


def test_a_whole_part_is_used_without_the_net(source, server, target, content):
    begin(target, content)
    download(source, target)
    assert target.read_bytes() == content and server.requests == []


@pytest.mark.parametrize("length", [1000, 614_400, 700_000])
def test_a_part_of_another_file_is_thrown_away(source, server, target, content, length):
    begin(target, b"x" * length)
    download(source, target)
    assert target.read_bytes() == content
    assert server.ranges[-1] is None


def test_a_part_longer_than_the_file_of_unknown_size_is_thrown_away(
    server, target, content, digest
):
    server.files[PATH] = content
    begin(target, b"x" * 700_000)
    download(Source(server.url(PATH), digest), target)
    assert target.read_bytes() == content
    assert server.ranges == ["bytes=700000-", None]


def test_without_a_hash_nothing_is_resumed(server, target, content):
    server.files[PATH] = content
    begin(target, b"x" * 1000)
    server.breaks = [200_000]
    download(Source(server.url(PATH)), target)
    assert target.read_bytes() == content
    assert server.ranges == [None, None]


def test_a_truncated_file_is_never_kept(server, source, target, content):
    server.has_length = False  # so nothing but the table says that bytes are missing
    server.files[PATH] = content[:-1]
    with pytest.raises(CheckpointError, match=r"broke off after 614,399 of 614,400"):
        download(source, target)
    assert list_visible(target) == []


def test_a_wrong_hash_is_refused_and_nothing_kept(server, source, target, content):
    server.files[PATH] = b"x" + content[1:]
    with pytest.raises(CheckpointError, match=r"is another file than expected: its SHA-256 is"):
        download(source, target)
    assert list_visible(target) == [] and not part_of(target).exists()


def test_a_wrong_size_is_refused_before_anything_is_fetched(server, source, target, monkeypatch):
    monkeypatch.setattr(integrity, "digest_file", None)  # a call would raise
    server.files[PATH] = b"short"
    with pytest.raises(CheckpointError, match=r"has 5 bytes, expected 614,400: it is another"):
        download(source, target)
    assert not part_of(target).exists()


def test_a_server_that_goes_on_and_on_is_cut_off(server, source, target, content):
    server.has_length = False
    server.files[PATH] = content * 4
    with pytest.raises(CheckpointError, match=r"goes on after .* bytes; it was not kept"):
        download(source, target)
    assert not part_of(target).exists()


def test_a_file_of_unknown_size_has_a_limit(server, target, content, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    server.has_length = False
    server.files[PATH] = content
    with pytest.raises(CheckpointError, match="goes on after"):
        download(Source(server.url(PATH)), target)


def test_a_missing_file_is_told(server, target):
    with pytest.raises(CheckpointError, match="answers 404 Not Found"):
        download(Source(server.url("/none")), target)


def test_a_server_that_is_not_there_is_told(server, target):
    url = server.url(PATH)
    server.stop()
    with pytest.raises(CheckpointError, match=r"127.0.0.1.*cannot be reached: .*refused"):
        download(Source(url), target)


def test_redirects_within_the_web_are_followed(source, server, target, content, digest):
    server.redirects["/new"] = PATH
    download(Source(server.url("/new"), digest), target)
    assert target.read_bytes() == content


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_redirects_out_of_the_web_are_not(server, target, address):
    server.redirects["/new"] = address
    with pytest.raises(CheckpointError, match=r"not followed|not allowed"):
        download(Source(server.url("/new")), target)
    assert list_visible(target) == []


def test_a_redirect_that_gives_up_https_is_refused():
    request = module.urllib.request.Request("https://a.org/x")
    with pytest.raises(CheckpointError, match=r"leads to 'http://a.org/y', which was not followed"):
        module._WebOnly().redirect_request(request, None, 302, "Found", {}, "http://a.org/y")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://", "http://a b/c", "x"])
def test_what_is_no_web_address_is_refused(url, target):
    with pytest.raises(CheckpointError, match=r"is no http\(s\) URL"):
        download(Source(url), target)


@pytest.mark.skipif(os.name != "posix", reason="needs /proc or permissions")
def test_a_folder_that_cannot_be_written_is_told(source, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CheckpointError, match="set FCSRLIB_CACHE to a folder with room"):
        download(source, tmp_path / "file" / "a.safetensors")


def test_two_that_want_the_same_file_fetch_it_once(source, server, target, content):
    server.pause.clear()
    threads = [threading.Thread(target=download, args=(source, target)) for _ in range(4)]
    for thread in threads:
        thread.start()
    server.pause.set()
    for thread in threads:
        thread.join(20)
    assert target.read_bytes() == content
    assert len(server.requests) == 1


def test_two_processes_do_not_break_each_other(source, server, target, content):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=download, args=(source, target)) for _ in range(3)]
    server.pause.clear()
    for worker in workers:
        worker.start()
    server.pause.set()
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert hashlib.sha256(target.read_bytes()).hexdigest() == source.sha256
    assert len(server.requests) == 1


def test_where_files_cannot_be_locked_each_writes_its_own(source, target, content, monkeypatch):
    def fail(*_):
        raise OSError("no locks on this file system")

    monkeypatch.setattr("fcntl.flock", fail)
    names = []
    download(source, target, lambda *_: names.extend(one.name for one in target.parent.iterdir()))
    assert f".{target.name}.{os.getpid()}.part" in names
    assert target.read_bytes() == content
