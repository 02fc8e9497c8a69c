"""Measure an exported model, so that an engineer and a clinician can judge it.

    looking      run the model folder over pictures as the runtime does
    measures     PCK, PCKh, NME, AUC, OKS-AP/AR of what was found
    intervals    95 % intervals by drawing infants anew
    strata       the same by posture, cover, light, handling, direction
    occlusion    what covering a limb costs
    calibration  scores as probabilities
    clips        rendered clips
    page         all of it as one self-contained HTML page

How to add a measure: a function ``(Found, PictureSet) -> Tally`` under a name in
``measures.MEASURES``; intervals, strata, JSON and page take it from there.
"""
