"""What chapter 1 says."""
import numpy as np
from chapters import number, statement

@number("c10", "0.302", "0.073", "0.034")
def training_errors_of_the_three_fits(c):
    return [c.mean_squared_error(c.fit_polynomial(c.x, c.y, d, c.x), c.y) for d in (1, 3, 15)]

@statement("c10")
def the_wildest_curve_has_less_than_half_the_training_error_of_the_sensible_one(c):
    one, three, fifteen = [c.mean_squared_error(c.fit_polynomial(c.x, c.y, d, c.x), c.y) for d in (1, 3, 15)]
    return fifteen < three / 2
