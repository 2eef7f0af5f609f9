<?xml version = "1.0" encoding="UTF-8" standalone="yes"?>
<CPLEXSolution version="1.2">
 <header
   problemName="tiny.mps"
   solutionName="incumbent"
   solutionIndex="-1"
   objectiveValue="4"
   solutionTypeValue="3"
   solutionTypeString="primal"
   solutionStatusValue="101"
   solutionStatusString="integer optimal solution"
   solutionMethodString="mip"
   primalFeasible="1"
   dualFeasible="1"
   MIPNodes="0"
   MIPIterations="0"
   writeLevel="1"/>
 <quality
   epInt="1.0000000000000001e-05"
   epRHS="9.9999999999999995e-07"
   maxIntInfeas="0"
   maxPrimalInfeas="0"
   maxX="2"
   maxSlack="3"/>
 <linearConstraints>
  <constraint name="r1" index="0" slack="0"/>
  <constraint name="r2" index="1" slack="1"/>
  <constraint name="r3" index="2" slack="-3"/>
 </linearConstraints>
 <variables>
  <variable name="w.1.0.0" index="0" value="2"/>
  <variable name="a.name.that.is.rather.long" index="1" value="1"/>
  <variable name="b.1.0" index="2" value="-1"/>
  <variable name="zero" index="3" value="0"/>
 </variables>
</CPLEXSolution>
