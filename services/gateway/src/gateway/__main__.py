"""`python -m gateway serve|worker|all|migrate|healthcheck`."""

from chassis.command import run
from gateway.settings import Settings

if __name__ == "__main__":
    run(Settings)
