"""`python -m lead_router serve|worker|all|migrate|healthcheck`."""

from chassis.command import run
from lead_router.settings import Settings

if __name__ == "__main__":
    run(Settings)
