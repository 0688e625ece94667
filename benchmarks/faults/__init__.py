"""Faults by what they are in, with the tests that are run after those of the file and of the fault."""

from faults import graph, intervals, levels, models, readers, results, tables

GROUPS = {
    module.__name__.rpartition(".")[2]: (module.FAULTS, module.TESTS)
    for module in (graph, readers, tables, levels, intervals, models, results)
}
"""Faults and tests by group."""
