"""Measures of a trained network: task variance, functional modules, their places, wiring, nulls and comparisons.

The measures work on numpy arrays. Three modules run a model and need torch: :mod:`neurogrow.analysis.recording`,
:mod:`neurogrow.analysis.firing` and :mod:`neurogrow.analysis.lesions`. Functional measures follow Yang et al. (2019),
anatomical measures follow section 3 of the paper.

References
----------
.. [1] Z. Liu, M. Khona, I. R. Fiete, M. Tegmark, "Growing Brains: Co-emergence of Anatomical and Functional Modularity
   in Recurrent Neural Networks", arXiv:2310.07711 (2023).
.. [2] G. R. Yang, M. R. Joglekar, H. F. Song, W. T. Newsome, X.-J. Wang, "Task representations in neural networks
   trained to perform many cognitive tasks", Nature Neuroscience 22, 297-306 (2019), doi:10.1038/s41593-018-0310-2.
"""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from .comparison import Comparison, compare
    from .conditions import ConditionComparison, compare_conditions
    from .report import ModularityReport, modularity_report
else:
    __getattr__ = lazily(__name__, "report", "comparison", "conditions")

__all__ = [
    "Comparison",
    "ConditionComparison",
    "ModularityReport",
    "compare",
    "compare_conditions",
    "modularity_report",
]
