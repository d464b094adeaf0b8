import sys

from embedded.console import Progress


def test_progress_is_a_line_each_quarter_where_nobody_watches(capsys):
    progress = Progress("Fetching", total=8_000_000)
    for _ in range(16):
        progress.add(500_000)
    progress.close()
    assert capsys.readouterr().out.splitlines() == [
        "Fetching: 0.5 of 8.0 MB",
        "Fetching: 2.0 of 8.0 MB",
        "Fetching: 4.0 of 8.0 MB",
        "Fetching: 6.0 of 8.0 MB",
        "Fetching: 8.0 of 8.0 MB",
    ]


def test_progress_is_one_growing_line_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress = Progress("Fetching", total=2_000_000)
    progress.add(1_000_000)
    progress.add(1_000_000)
    progress.close()
    assert capsys.readouterr().out == (
        "\rFetching [###############...............] 1.0 of 2.0 MB"
        "\rFetching [##############################] 2.0 of 2.0 MB\n"
    )


def test_bytes_that_come_again_are_not_shown_twice(capsys):
    progress = Progress("Fetching", total=4_000_000)
    for count in (1_000_000, -1_000_000, 1_000_000):
        progress.add(count)
    assert capsys.readouterr().out == "Fetching: 1.0 of 4.0 MB\n"
