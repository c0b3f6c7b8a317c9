"""Customers merged and parted in any order, beside a model of who is under whom: what hangs on each is found, once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.proto_values import timestamp_of
from throughline.collab.v1 import customer_service_pb2 as customer_pb
from throughline.collab.v1 import task_service_pb2 as task_pb

from ..merging import contacts, merge, unmerge
from ..sales import REP, SalesSite

STEPS = 14


@dataclass
class Walk:
    """Four customers, each with a contact and a task of its own, and the merges in force."""

    sales: SalesSite
    made_at: dict[str, str] = field(default_factory=dict)
    """Where each contact and task was made."""
    customers: list[str] = field(default_factory=list)
    merges: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By id: the customer that was merged, and into which."""

    async def begin(self) -> None:
        """Makes all of it."""
        for number in range(4):
            customer = await self.sales.customer(f"第{number}医院")
            self.customers.append(customer.customer_id)
            contact = await self.sales.contact(customer.customer_id, f"联系人{number}", phone=f"1349000123{number}")
            request = task_pb.CreateTaskRequest(
                title="准备报价",
                customer_id=customer.customer_id,
                due_at=timestamp_of(await self.sales.running.now() + timedelta(days=1)),
            )
            task = (await self.sales.running.tasks.CreateTask(request, metadata=self.sales.by(REP))).task
            self.made_at |= {contact.contact_id: customer.customer_id, task.task_id: customer.customer_id}

    async def step(self, rng: random.Random) -> None:
        """Merges two customers that stand for themselves, or takes any merge back."""
        merged = {gone for gone, _ in self.merges.values()}
        standing = [one for one in self.customers if one not in merged]
        if len(standing) > 1 and (not self.merges or rng.random() < 0.55):
            stays, goes = rng.sample(standing, 2)
            done = await merge(self.sales, await self.sales.get(stays), await self.sales.get(goes))
            self.merges[done.merge.merge_id] = (goes, stays)
        else:
            merge_id = rng.choice(sorted(self.merges))
            await unmerge(self.sales, merge_id)
            del self.merges[merge_id]

    async def look(self) -> None:
        """Compares all customers with what the model expects."""
        for one in self.customers:
            request = customer_pb.GetCustomerRequest(customer_id=one)
            found = await self.sales.running.customers.GetCustomer(request, metadata=self.sales.by(REP))
            assert found.survivor_id == self._top(one)
            family = {other for other in self.customers if self._top(other) == self._top(one)}
            expected = {thing for thing, made_at in self.made_at.items() if made_at in family}
            listed = task_pb.ListTasksRequest(customer_id=one)
            tasks = await self.sales.running.tasks.ListTasks(listed, metadata=self.sales.by(REP))
            people = await contacts(self.sales, one)
            assert {stands for _, stands, _ in people} == {self._top(one)}
            assert sorted([*(task.task_id for task in tasks.tasks), *(each for each, _, _ in people)]) == sorted(
                expected
            )

    def _top(self, customer_id: str) -> str:
        into = dict(self.merges.values())
        while customer_id in into:
            customer_id = into[customer_id]
        return customer_id


async def test_whatever_is_merged_and_parted_each_contact_and_task_is_found_where_it_belongs(sales: SalesSite) -> None:
    walk, rng = Walk(sales), random.Random(20)
    await walk.begin()

    for _ in range(STEPS):
        await walk.step(rng)
        await walk.look()
