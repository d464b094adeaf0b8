"""What the API's reference is made of: `manage.py openapi` writes it into `chatsystem/api/openapi.json`.

The running service imports nothing of this, nor drf-spectacular: it serves the file. What is said of an endpoint stands
beside it, in `<app>/api/reference`. A new endpoint takes four steps:

1. `describe(viewset, action=endpoint(...))` in the app's `reference`: a name, a summary, the shapes
   of request and answer, the errors and the policies that are its own, and examples. What all endpoints share (tokens,
   headers, limits of a person, errors of bodies and outages) is added by `EndpointSchema`.
2. `manage.py openapi`.
3. A line for each example in `STORY` of `tests/chatsystem/api/test_reference_examples.py`, where it is sent to the real
   server; the answer must be the example's, but for ids, times and tokens.
4. A line under "Changes" in `docs/api.md`.

The suite says which step is missing.
"""
