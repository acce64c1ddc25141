"""The shared helpers of the book *What Is Weight Decay?*.

Import the module that you need, for example ``from utils import linear``. The numerical
modules (``datasets``, ``features``, ``linear``, ``bias_variance``) need NumPy alone;
``plotting`` and ``explorers`` bring Matplotlib, and an explorer shown in Jupyter brings
ipywidgets.
"""
