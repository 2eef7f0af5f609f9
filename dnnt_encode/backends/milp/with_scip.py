"""SCIP through PySCIPOpt. The model comes as a file, which SCIP reads faster than Python can hand over rows."""

from __future__ import annotations

from typing import Any

import pyscipopt

from dnnt_encode.backends.milp.reporter import MilpJob, MilpReporter, mps_file
from dnnt_encode.backends.protocol import Finished
from dnnt_encode.instance.goal import Status

_STATUS: dict[str, Status] = {"optimal": "OPTIMUM FOUND", "infeasible": "UNSATISFIABLE", "inforunbd": "UNSATISFIABLE"}


def solve(job: MilpJob, reporter: MilpReporter) -> Finished:
    """Run a job."""
    scip = pyscipopt.Model()
    scip.hideOutput(not job.controls.log)
    with mps_file(job.model) as path:
        scip.readProblem(path)
    names = job.model.names()
    by_name = {variable.name: variable for variable in scip.getVars()}
    variables = [by_name[name] for name in names]
    if job.minimise and job.below is not None:
        # Objectives are integers; what is not below this limit is cut off.
        scip.setObjlimit(job.below - job.model.offset - 0.5)
    if job.controls.seed is not None:
        scip.setParam("randomization/randomseedshift", job.controls.seed % (2**31 - 1))
    scip.setParam("misc/catchctrlc", False)
    if job.hint is not None:
        partial = scip.createPartialSol()
        for column, value in zip(job.hint[0].tolist(), job.hint[1].tolist(), strict=True):
            scip.setSolVal(partial, variables[column], value)
        scip.addSol(partial)
    watcher = Watcher(reporter, variables)
    scip.includeEventhdlr(watcher, "dnnt", "streams solutions and bounds")
    left = job.seconds_left()
    if left is not None:
        scip.setParam("limits/time", left)
    scip.optimize()
    status = scip.getStatus()
    if scip.getNSols():
        best = scip.getBestSol()
        reporter.solution([scip.getSolVal(best, variable) for variable in variables])
    found = _STATUS.get(status, "UNKNOWN")
    if found != "UNSATISFIABLE":
        reporter.bound(scip.getDualbound())
    return reporter.finish(found, f"SCIP: {status}")


class Watcher(pyscipopt.Eventhdlr):  # type: ignore[misc]
    """Called by SCIP at every better solution, solved node and LP."""

    def __init__(self, reporter: MilpReporter, variables: list[Any]) -> None:
        self._reporter, self._variables = reporter, variables

    def eventinit(self) -> None:
        for event in _EVENTS:
            self.model.catchEvent(event, self)

    def eventexit(self) -> None:
        for event in _EVENTS:
            self.model.dropEvent(event, self)

    def eventexec(self, event: Any) -> None:
        if event.getType() == pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND:
            best = self.model.getBestSol()
            self._reporter.solution([self.model.getSolVal(best, variable) for variable in self._variables])
        else:
            self._reporter.bound(self.model.getDualbound())
        if self._reporter.stopping:
            self.model.interruptSolve()


_EVENTS = (
    pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND,
    pyscipopt.SCIP_EVENTTYPE.NODESOLVED,
    pyscipopt.SCIP_EVENTTYPE.LPSOLVED,
)
