"""`python -m collab serve|worker|all|migrate|healthcheck`."""

from chassis.process import run
from collab.settings import Settings
from collab.wiring import build

if __name__ == "__main__":
    run(Settings, build)
