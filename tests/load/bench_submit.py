"""Times SubmitLead of the real router against an echo of the same message: `python tests/load/bench_submit.py`.

64 callers in this process call three servers in turn, each a process of its own: grpc.aio with an echo and nothing
else, the same echo behind the chassis (token, policy, validation, deadline, telemetry), and the router. The router's
answers are durable: PostgreSQL writes through to the disk, and a lead is joined on its strong keys, scored, decided
over 30 reps, and stored with receipt, timers, audit row, answer and outbox rows before it is answered.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import grpc

from load.measuring import profile
from load.measuring.callers import Load, call_for, median_of
from load.measuring.company import Leads
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import Bench, ServerProcess, bench, machine
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

CALLERS = 64
_WARM_S = 1.5


def measure(options: Options) -> Report:
    """Runs the three servers side by side and loads them in turn."""
    with bench() as prepared:
        servers = [prepared.bare_echo(), prepared.router(), prepared.echo_behind_chassis()]
        by_name = {server.name: server for server in servers}
        return asyncio.run(_Measurement(prepared, by_name, options).run())


class _Measurement:
    def __init__(self, prepared: Bench, servers: dict[str, ServerProcess], options: Options) -> None:
        self._bench = prepared
        self._servers = servers
        self._options = options
        self._leads = Leads()
        self._loads: dict[str, list[Load]] = {name: [] for name in servers}
        self._processor_us: dict[str, list[float]] = {"postgres": [], **{name: [] for name in servers}}

    async def run(self) -> Report:
        for server in self._servers.values():
            await self._load(server, _WARM_S)
        for _ in range(self._options.rounds):
            for server in self._servers.values():
                await self._measure(server)
        stacks = await self._profile() if self._options.profile else []
        return Report(
            "SubmitLead, 64 concurrent callers, one process",
            self._figures(),
            profile.areas(stacks),
            profile.functions(stacks),
            machine=machine(),
        )

    async def _measure(self, server: ServerProcess) -> None:
        postgres_s, processor_s = self._bench.postgres_processor_s(), server.processor_s()
        load = await self._load(server, self._options.seconds)
        if load.faults:
            raise RuntimeError(f"{server.name} refused calls: {load.faults}")
        self._loads[server.name].append(load)
        calls = len(load.latencies_s)
        self._processor_us[server.name].append(1e6 * (server.processor_s() - processor_s) / calls)
        if server.name == "router":
            used_s = self._bench.postgres_processor_s() - postgres_s
            self._processor_us["postgres"].append(1e6 * used_s / calls)

    async def _load(self, server: ServerProcess, seconds: float) -> Load:
        metadata = self._bench.metadata
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub: Any = LeadServiceStub(channel)
            return await call_for(
                seconds, CALLERS, lambda: stub.SubmitLead(self._leads.request(), metadata=metadata, timeout=20)
            )

    async def _profile(self) -> list[tuple[int, list[str]]]:
        """Where the router's time goes, in a stretch of its own: sampling slows a process a little."""
        router = self._servers["router"]
        profile.begin(router.process.pid)
        await self._load(router, self._options.seconds)
        return profile.end(router.process.pid, router.samples)

    def _figures(self) -> list[Figure]:
        rate = {name: median_of([load.rate for load in loads]) for name, loads in self._loads.items()}
        cost = {name: median_of(values) for name, values in self._processor_us.items()}
        router = [load for load in self._loads["router"] if load.latencies_s]
        p50, p99 = (median_of([load.quantile_ms(share) for load in router]) for share in (0.5, 0.99))
        return [
            Figure("bare grpc.aio echo", rate["bare"], "calls/s"),
            Figure("echo behind the chassis", rate["chassis"], "calls/s", rate["bare"], "bare echo"),
            Figure("SubmitLead", rate["router"], "calls/s", rate["bare"], "bare echo"),
            Figure("SubmitLead", rate["router"], "calls/s", rate["chassis"], "echo behind the chassis"),
            Figure("processor time of SubmitLead", cost["router"], "µs/call", cost["chassis"], "echo, chassis"),
            Figure("processor time of the chassis", cost["chassis"], "µs/call", cost["bare"], "bare echo"),
            Figure("processor time of PostgreSQL", cost["postgres"], "µs/call", cost["router"], "SubmitLead"),
            Figure("SubmitLead p50", p50, "ms"),
            Figure("SubmitLead p99", p99, "ms"),
        ]


if __name__ == "__main__":
    sys.exit(main(measure))
