"""`python -m pipeline serve|worker|all|migrate|healthcheck`."""

from chassis.process import run
from pipeline.settings import Settings
from pipeline.wiring import build

if __name__ == "__main__":
    run(Settings, build)
