"""`python -m lead_router serve|worker|all|migrate|healthcheck`."""

from chassis.process import run
from lead_router.settings import Settings
from lead_router.wiring import build

if __name__ == "__main__":
    run(Settings, build)
