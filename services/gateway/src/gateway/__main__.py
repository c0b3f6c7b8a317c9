"""`python -m gateway serve|worker|all|migrate|healthcheck`."""

from chassis.process import run
from gateway.settings import Settings
from gateway.wiring import build

if __name__ == "__main__":
    run(Settings, build)
