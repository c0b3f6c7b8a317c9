"""Telling whether two records are one customer: normal forms, blocking keys, scores with reasons, decisions.

Pure: no input or output, no look-ups. The way through it, by the modules `identity`, `keys` and `decision`:

    prepared = normalise(Identity(company="深圳市恒昌信息技术有限公司", phones=("0755-22223333",)))
    locks = buckets(lock_keys(prepared), tenant)         # held before candidates are looked up
    numbers = [key.number for key in blocking_keys(prepared)]
    verdict = decide(prepared, candidates)               # join, suggest or new, each with its reasons

What is needed is imported from its module. Nothing is gathered here, so that a process which only makes `search_keys`
loads no tables of places and no scores: 8 MB.
"""
