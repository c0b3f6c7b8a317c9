"""`python -m collab serve|worker|all|migrate|healthcheck`."""

from chassis.command import run
from collab.settings import Settings

if __name__ == "__main__":
    run(Settings)
