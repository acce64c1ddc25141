"""A progress bar for whoever waits."""


def progress(iterable, what):
    """Iterate with a bar that appears after two seconds, and leaves nothing behind."""
    # Not before it is needed: in Jupyter it brings ipywidgets along.
    from tqdm.auto import tqdm

    # Its monitor is a thread, and there are none where Python runs in the browser.
    tqdm.monitor_interval = 0
    bar = tqdm(total=len(iterable), desc=what, delay=2, leave=False)
    try:
        for item in iterable:
            yield item
            bar.update()
    finally:
        # In Jupyter a bar that ends before it is full is taken for a failure, and
        # stays.
        bar.total = bar.n
        bar.close()
