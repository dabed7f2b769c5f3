"""Watching: what has changed and come to rest, told by a listing and a clock; and once with real files."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.settling import Batch, Listing, Mark, Patience, Watched, hand_over, look, owe
from ingest.watch import list_files, run, wake_natively, watch

A, B, C = Path("/w/a.pdf"), Path("/w/b.pdf"), Path("/w/c.pdf")
PATIENCE = Patience(settle=5.0, burst=20.0, retry=100.0)


def mark(size, sidecar=None):
    return Mark(size, 0, sidecar)


def play(*looks, patience=PATIENCE, doubtful=()):
    """Return the batches handed over at looks of (time, {path: size})."""
    watched = Watched()
    batches = []
    for now, sizes in looks:
        watched = look(watched, Listing({path: mark(size) for path, size in sizes.items()}, doubtful), now)
        watched, batch = hand_over(watched, patience, now)
        batches.append(batch)
    return batches


def test_a_file_is_handed_over_once_it_has_stopped_growing():
    batches = play((0, {A: 1}), (4, {A: 2}), (8, {A: 2}), (9, {A: 2}), (20, {A: 2}), (21, {A: 3}), (26, {A: 3}))
    assert batches == [Batch()] * 3 + [Batch((A,))] + [Batch()] * 2 + [Batch((A,))]


def test_a_file_that_goes_away_is_handed_over_as_gone_unless_it_comes_back_at_once():
    batches = play((0, {A: 1}), (5, {A: 1}), (6, {}), (8, {A: 1}), (15, {A: 1}), (16, {}), (21, {}), (30, {}))
    assert batches == [Batch(), Batch((A,))] + [Batch()] * 4 + [Batch((), (A,)), Batch()]


def test_a_file_that_never_came_to_rest_is_not_missed():
    assert play((0, {A: 1}), (3, {}), (20, {})) == [Batch()] * 3


def test_a_burst_is_one_batch_but_one_endless_copy_does_not_hold_up_the_others():
    assert play((0, {A: 1}), (4, {A: 1, B: 1}), (6, {A: 1, B: 1}), (9, {A: 1, B: 1}))[2:] == [Batch(), Batch((A, B))]
    growing = play(*((now, {A: 1, C: now}) for now in range(0, 27, 2)))
    assert [batch for batch in growing if batch] == [Batch((A,))]


def test_a_share_that_is_not_mounted_takes_nothing_away():
    watched, _ = hand_over(look(Watched(), Listing({A: mark(1)}), 0), Patience(settle=0), 0)
    for now in (10, 20, 30):
        watched = look(watched, Listing({}, (Path("/w"),)), now)
        watched, batch = hand_over(watched, PATIENCE, now)
        assert not batch
    watched = look(watched, Listing({A: mark(1)}), 40)
    assert hand_over(watched, PATIENCE, 50)[1] == Batch()  # back again, unchanged


def test_a_failed_batch_comes_again_with_the_next_change_or_later_by_itself():
    watched, batch = hand_over(look(Watched(), Listing({A: mark(1)}), 0), Patience(settle=0), 0)
    watched = owe(watched, batch, 1)
    assert hand_over(watched, PATIENCE, 50)[1] == Batch()
    assert hand_over(watched, PATIENCE, 101)[1] == Batch((A,))
    with_change = look(watched, Listing({A: mark(1), B: mark(1)}), 10)
    watched, batch = hand_over(with_change, PATIENCE, 15)
    assert batch == Batch((A, B))
    assert hand_over(watched, PATIENCE, 500)[1] == Batch()


def test_what_is_owed_and_changes_again_waits_until_it_has_settled():
    watched, batch = hand_over(look(Watched(), Listing({A: mark(1), B: mark(1)}), 0), Patience(settle=0), 0)
    watched = look(owe(watched, batch, 0), Listing({A: mark(2), B: mark(1)}), 99)
    watched, batch = hand_over(watched, PATIENCE, 100)
    assert batch == Batch((B,))
    assert hand_over(watched, PATIENCE, 104)[1] == Batch((A,))


paths = st.sampled_from([A, B, C])
worlds = st.lists(st.tuples(st.integers(0, 9), st.dictionaries(paths, st.integers(1, 3), max_size=3)), max_size=12)


@given(worlds, st.integers(0, 8))
def test_whoever_follows_the_batches_knows_in_the_end_what_is_there(steps, settle):
    patience = Patience(settle, 20.0, 100.0)
    watched, now, followed = Watched(), 0.0, {}
    last = steps[-1][1] if steps else {}
    history = []
    for wait, world in [*steps, (50, last), (50, last)]:
        now += wait
        history.append((now, world))
        watched = look(watched, Listing({path: mark(size) for path, size in world.items()}), now)
        watched, batch = hand_over(watched, patience, now)
        for path in (*batch.changed, *batch.gone):  # nothing that changed within the time to settle is handed over
            assert len({seen.get(path) for when, seen in history if when > now - settle}) <= 1
            assert world.get(path) != followed.get(path)
        followed |= {path: world[path] for path in batch.changed}
        followed = {path: size for path, size in followed.items() if path not in batch.gone}
        assert not {*batch.changed} & {*batch.gone}
    assert followed == last


@given(worlds)
def test_nothing_is_gone_from_a_doubtful_place(steps):
    watched, now = Watched(), 0.0
    for wait, world in steps:
        now += wait
        watched = look(watched, Listing({path: mark(size) for path, size in world.items()}, (Path("/w"),)), now)
        watched, batch = hand_over(watched, Patience(settle=0), now)
        assert batch.gone == ()


# --- The loop, by a clock of its own -----------------------------------------------------------------------------------------


def drive(listings, wakes, poll=60.0, ingest=None):
    """Run the loop with one second per wake; return (batches, number of looks)."""
    clock = iter(range(10**6))
    looks = []
    batches = []

    def look_once():
        looks.append(1)
        return Listing({path: mark(size) for path, size in listings[min(len(looks), len(listings)) - 1].items()})

    run(
        ingest or batches.append,
        list_files=look_once,
        wakes=wakes,
        now=lambda: float(next(clock)),
        poll=poll,
        patience=Patience(settle=2.0, burst=20.0, retry=10.0),
    )
    return batches, len(looks)


def test_without_events_the_clock_looks_and_between_times_nobody_does():
    batches, looks = drive([{A: 1}] * 3 + [{A: 2}], [True] + [False] * 70)
    assert batches == [Batch((A,)), Batch((A,))]
    assert looks == 3 + 3  # at the start until settled, then after 60 s until settled


def test_an_event_looks_at_once():
    batches, looks = drive([{A: 1}] * 3 + [{A: 1, B: 1}], [True] + [False] * 10 + [True] + [False] * 5)
    assert batches == [Batch((A,)), Batch((B,))]
    assert looks == 6


def test_an_error_of_the_receiver_is_logged_and_its_batch_offered_again(caplog):
    seen = []

    def fail_once(batch):
        seen.append(batch)
        if len(seen) == 1:
            raise OSError("disk full")

    drive([{A: 1}], [True] + [False] * 30, ingest=fail_once)
    assert seen == [Batch((A,)), Batch((A,))]
    assert "disk full" in caplog.text


# --- Real files ------------------------------------------------------------------------------------------------------------


def test_a_listing_knows_sidecars_and_where_nothing_can_be_said(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    for name in ("a.pdf", "b.md", "a.pdf.meta.yaml", "b.meta.yaml", ".versteckt.pdf", "x.tmp"):
        (folder / name).write_text(name)
    (tmp_path / "leer").mkdir()
    (folder / "tot.pdf").symlink_to(tmp_path / "fehlt.pdf")
    listing = list_files([folder, tmp_path / "leer", tmp_path / "fehlt"])
    assert sorted(path.name for path in listing.marks) == ["a.pdf", "b.md"]
    assert [listing.marks[folder / name].sidecar[0] for name in ("a.pdf", "b.md")] == [15, 11]
    assert set(listing.doubtful) == {folder / "tot.pdf", tmp_path / "leer", tmp_path / "fehlt"}
    assert list_files([tmp_path], [folder]).marks == {}


def test_a_change_of_the_sidecar_is_a_change_of_the_document(tmp_path):
    (tmp_path / "a.pdf").write_text("x")
    before = list_files([tmp_path]).marks
    (tmp_path / "a.meta.yaml").write_text("title: X")
    assert list_files([tmp_path]).marks != before


def test_the_system_tells_of_a_change_and_not_of_our_own_writing(tmp_path):
    own = tmp_path / "kb"
    own.mkdir()
    stop = threading.Event()
    wakes = wake_natively([tmp_path], stop, 0.05, [own])
    assert [next(wakes), next(wakes)] == [True, False]
    (own / "x").write_text("x")
    assert [next(wakes) for _ in range(4)] == [False] * 4
    (tmp_path / "neu.pdf").write_text("x")
    assert any(next(wakes) for _ in range(100))
    stop.set()
    assert list(wakes) in ([], [True])


def test_files_that_come_change_move_and_go_are_told_and_stop_ends_it(tmp_path):
    folder, own = tmp_path / "eingang", tmp_path / "eingang" / "kb"
    own.mkdir(parents=True)
    (folder / "da.md").write_text("da")
    batches, stop = [], threading.Event()

    def receive(batch):
        (own / "catalogue.sqlite").write_text(str(len(batches)))  # our own writing must not wake us
        batches.append(batch)

    watching = threading.Thread(
        target=watch,
        args=([folder, tmp_path / "fehlt"], receive, stop),
        kwargs={"without": [own], "poll": 0.3, "patience": Patience(0.2, 2.0, 5.0), "tick": 0.05},
    )
    watching.start()

    def wait_for(number):
        deadline = time.monotonic() + 20
        while len(batches) < number and time.monotonic() < deadline:
            time.sleep(0.02)
        return batches[number - 1]

    try:
        assert wait_for(1) == Batch((folder / "da.md",))
        (folder / "unter").mkdir()
        (folder / "unter" / "neu.pdf").write_text("neu")
        assert wait_for(2) == Batch((folder / "unter" / "neu.pdf",))
        (folder / "da.md").rename(folder / "dort.md")
        assert wait_for(3) == Batch((folder / "dort.md",), (folder / "da.md",))
        (tmp_path / "fehlt").mkdir()  # a share that is mounted late: only polling sees it
        (tmp_path / "fehlt" / "spät.txt").write_text("x")
        assert wait_for(4) == Batch((tmp_path / "fehlt" / "spät.txt",))
    finally:
        stop.set()
        watching.join(10)
    assert not watching.is_alive()
    assert len(batches) == 4
