"""Fig. 12 and 13: natural faces under given masks; the paper shows pictures without numbers."""

from fcsrlib.evaluation.natural import NaturalProtocol

NATURAL = NaturalProtocol(name="natural", title="Fig. 12, 13: natural faces under given masks")
