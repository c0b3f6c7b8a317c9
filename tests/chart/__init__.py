"""Tests of the Helm chart: what it renders, in every example of `ci/`. Schema-validated, not run on a cluster."""
