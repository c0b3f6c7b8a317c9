"""`python -m scoring serve|worker|all|migrate|healthcheck`."""

from chassis.command import run
from scoring.settings import Settings

if __name__ == "__main__":
    run(Settings)
