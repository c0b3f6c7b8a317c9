"""An invented company with people, customers and a month of leads to try the suite with."""

from sample_company.generate import generate
from sample_company.model import SampleCompany

__all__ = ["SampleCompany", "generate"]
