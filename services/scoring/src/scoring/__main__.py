"""`python -m scoring serve|worker|all|migrate|healthcheck`."""

from chassis.process import run
from scoring.settings import Settings
from scoring.wiring import build

if __name__ == "__main__":
    run(Settings, build)
