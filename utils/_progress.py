"""A progress bar for whoever waits."""


def progress(iterable, what):
    """Iterate with a bar that appears after two seconds, and leaves nothing behind."""
    # Not before it is needed: in Jupyter it brings ipywidgets along.
    from tqdm.auto import tqdm

    # Its monitor is a thread, and there are none where Python runs in the browser.
    tqdm.monitor_interval = 0
    return tqdm(iterable, desc=what, delay=2, leave=False)
