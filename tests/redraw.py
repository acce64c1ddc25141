"""Draw every chapter again with other seeds, and say for each statement on how many draws it held: `make redraw`.

    make redraw SEEDS=20 CHAPTERS="03 07"

What was run is kept in `_build/redraw`, so that an interrupted run goes on where it stopped; a changed chapter, its claims
or helpers are run again.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

sys.path.append(str(Path(__file__).parent.parent / "_ext"))

import chapters

RESULTS = chapters.ROOT / "_build" / "redraw"
BAR = 0.95


def state(stem):
    """Names the state of all on which the outcomes depend."""
    files = [
        chapters.CHAPTERS / f"{stem}.ipynb",
        chapters.file_of_claims(stem),
        Path(chapters.__file__),
        *sorted((chapters.ROOT / "utils").glob("*.py")),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def draw(stem, seed, target):
    """Run a chapter with a seed, and keep what came out."""
    try:
        outcomes = chapters.run(stem, seed=seed)
    except chapters.BrokenCell as broken:
        outcomes = {"every_cell_runs": str(broken)}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_text(json.dumps(outcomes), "utf-8")
    part.replace(target)


def table(stem, results):
    """For each statement its name, on how many of the draws it held, of how many, whether that is enough, and a reason."""
    claims, rows = chapters.claims_of(stem), []
    names = {name: None for outcomes in results.values() for name in outcomes}
    for name in names:
        claim = claims.get(name)
        if claim and claim.kind != "statement":
            continue
        held = [seed for seed, outcomes in results.items() if outcomes.get(name) == ""]
        low, high = claim.between if claim else (BAR, 1)
        # A share that is said is a share of many draws; that of these few may lie two standard errors off.
        slack = 2 * (0.25 / len(results)) ** 0.5 if claim and claim.often else 0
        enough = low - slack <= len(held) / len(results) <= high + slack
        failed = next((f"seed {s}: {o[name]}" for s, o in results.items() if o.get(name)), "")
        rows.append((name, len(held), len(results), enough, failed))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many other draws")
    parser.add_argument("--chapters", nargs="*", help="beginnings of names, as 03; all when not given")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    wanted = parser.parse_args()
    stems = [
        stem
        for stem in chapters.stems()
        if chapters.has_seed(stem) and any(Path(stem).name.startswith(name) for name in wanted.chapters or [""])
    ]
    seeds = range(chapters.OTHER, chapters.OTHER + wanted.seeds)
    targets = {(stem, seed): RESULTS / state(stem) / f"{seed}.json" for stem in stems for seed in seeds}
    due = [(stem, seed, target) for (stem, seed), target in targets.items() if not target.exists()]
    # A notebook may start an IPython shell, which takes the place of __main__; by its module's name the function is found again.
    import redraw

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.workers, mp_context=context) as pool:
        futures = [pool.submit(redraw.draw, *one) for one in due]
        for future in tqdm(as_completed(futures), total=len(due), desc="draws", unit="draw", disable=False):
            future.result()
    short = 0
    for stem in stems:
        results = {seed: json.loads(targets[stem, seed].read_text("utf-8")) for seed in seeds}
        rows = table(stem, results)
        missed = [row for row in rows if not row[3]]
        short += len(missed)
        print(f"\n{stem}: {len(rows) - len(missed)} of {len(rows)} statements hold on {len(seeds)} other draws")
        for name, held, of, enough, reason in sorted(rows, key=lambda row: row[1]):
            if held < of:
                print(f"  {held:3} of {of}  {'' if enough else 'TOO FEW: '}{chapters.complaint(stem, name, reason)}")
    print(f"\n{short} statements hold too seldom." if short else "\nEvery statement holds as often as it is said.")
    return bool(short)


if __name__ == "__main__":
    sys.exit(main())
