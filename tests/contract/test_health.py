"""Health."""


def test_health_answers_in_the_old_words(api):
    response = api.get("health")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "Status": "ALIVE",
        "HeartBeat": "HeartBeating & Functioning",
        "Message": "How Are you?!",
    }


def test_readiness_tells_of_each_part(api):
    response = api.get("health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "parts": {"cassandra": "ok", "sql": "ok", "redis": "ok"}}
