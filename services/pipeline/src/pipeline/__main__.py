"""`python -m pipeline serve|worker|all|migrate|healthcheck`."""

from chassis.command import run
from pipeline.settings import Settings

if __name__ == "__main__":
    run(Settings)
