"""Property tests of the domain have no deadline: the first example pays for tables that are reckoned once."""

from hypothesis import settings

settings.register_profile("lead-router", deadline=None)
settings.load_profile("lead-router")
