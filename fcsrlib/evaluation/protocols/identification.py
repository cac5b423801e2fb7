"""Fig. 11: who is it? Identification by occluded, restored and true faces (Sec. 4.3.6)."""

from fcsrlib.evaluation.identification.protocol import Identification

IDENTIFICATION = Identification(
    name="identification",
    title="Fig. 11: face identification at rank 1 to 5",
)
