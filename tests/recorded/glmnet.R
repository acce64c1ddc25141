# Writes what R's glmnet fits with a ridge penalty, for tests that run without it: Rscript tests/recorded/glmnet.R
# (glmnet==4.1.6). Its standard deviations divide by the number of rows.
library(glmnet)

set.seed(0)
n <- 20
X <- matrix(round(rnorm(3 * n), 3), n)
y <- as.vector(X %*% c(1, -2, 0.5)) + rnorm(n)
y <- 3 + (y - mean(y)) / sqrt(mean((y - mean(y))^2))

fitted <- function(scale, lambda) {
  fit <- glmnet(X, scale * y, alpha = 0, lambda = lambda, standardize = FALSE, thresh = 1e-26, maxit = 1e7)
  as.vector(coef(fit))
}

numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
written <- function(scale, lambda) {
  values <- fitted(scale, lambda)
  sprintf('{"settings": {"lambda": %g}, "scale": %g, "w": %s, "b": %.15g}', lambda, scale, numbers(values[-1]), values[1])
}

rows <- paste(apply(X, 1, numbers), collapse = ", ")
fits <- paste(written(1, 0.1), written(1, 0.7), written(4, 0.1), sep = ", ")
cat(sprintf(
  '{"versions": {"glmnet": "%s", "python": "none"}, "seed": 0, "ridge": {"X": [%s], "y": %s, "fits": [%s]}}\n',
  packageVersion("glmnet"), rows, numbers(y), fits
), file = "tests/recorded/glmnet.json")
