"""Reads files of leads as streams: `.csv`, `.csv.gz` and `.xlsx`, from strangers, in constant memory.

`survey` walks through a file once and refuses what is too large or too strange before anything is sent; `LeadFile.rows`
then gives row after row; a `Mapping` makes submissions of them; `errors_file` writes back what was refused.
"""
