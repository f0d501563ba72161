"""Settings for the tests of documents."""

from __future__ import annotations

from hypothesis import settings

# Machines that run tests are busy: an example that takes long once is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
