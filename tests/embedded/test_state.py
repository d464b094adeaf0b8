from embedded.state import State, command_line, end_leftovers


def test_a_state_is_found_again(tmp_path):
    path = tmp_path / "state.json"
    State(ports={"native": 21000}, environment={"A": "1"}).write(path)
    assert State.read(path) == State(ports={"native": 21000}, environment={"A": "1"})
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_or_broken_state_is_an_empty_one(tmp_path):
    path = tmp_path / "state.json"
    assert State.read(path) == State()
    path.write_text('{"ports":')
    assert State.read(path) == State()
    path.write_text('{"unknown": 1}')
    assert State.read(path) == State()


def test_a_process_left_behind_is_ended_and_named(listener, capsys, tmp_path):
    listener.start()
    listener.wait_ready()
    state = State()
    state.name([listener])
    state.write(tmp_path / "state.json")
    end_leftovers(State.read(tmp_path / "state.json"))
    assert listener.wait() == -9
    assert (
        capsys.readouterr().out
        == f"Ending Listener, left behind by an earlier run as process {state.processes['Listener'][0]}.\n"
    )


def test_another_process_with_the_same_id_is_left_alone(listener, capsys):
    listener.start()
    listener.wait_ready()
    end_leftovers(State(processes={"Cassandra": (listener.pid, "java -cp cassandra.jar")}))
    assert listener.is_running()
    assert capsys.readouterr().out == ""


def test_a_process_that_is_gone_has_no_command_line(ending):
    ending.start()
    pid = ending._process.pid
    ending.kill()
    assert command_line(pid) == ""
