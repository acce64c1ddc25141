"""The calculator: in the browser it computes what `utils` computes, and it can be used by anybody."""

import json
import re

import numpy as np
import pytest

import checks
from utils import calculator, conventions, optimizers, recipes

PENALTIES, DECOUPLED = (
    [name for name in conventions.NAMES if conventions.CONVENTIONS[name].decoupled is kind] for kind in (False, True)
)


def draw_setting(rng, largest):
    """Any setting that the form takes, with at most so many steps."""

    def log(low, high):
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    optimizer = str(rng.choice(["sgd", "adamw", "adam", "solver"], p=[0.45, 0.45, 0.05, 0.05]))
    steps, names = int(log(1, largest)), DECOUPLED if optimizer == "adamw" else PENALTIES
    end = steps if rng.random() < 0.7 else int(log(1, 3 * steps)) + 1
    warmup = int(end * rng.choice([0.0, 0.02, 0.5, 0.99]))
    batch = int(log(1, 1e5))
    setting = {
        "optimizer": optimizer, "momentum": float(rng.choice([0.0, 0.5, 0.9, 0.99])), "lr": log(1e-5, 1.0),
        "schedule": str(rng.choice(optimizers.SCHEDULES)), "warmup": warmup, "until": None if end == steps else end,
        "hold": None if rng.random() < 0.6 else int(rng.integers(warmup, end)), "final": float(rng.choice([0, 0.1, 1])),
        "milestones": sorted(int(t) + 1 for t in rng.integers(0, steps, rng.integers(0, 4))),
        "factor": float(rng.choice([0.1, 0.2, 1])), "batch": batch, "examples": batch + int(log(1, 1e9)), "steps": steps,
        "source": str(rng.choice(names)), "target": str(rng.choice(names)),
        "loss": str(rng.choice(list(calculator.LOSSES))), "outputs": int(rng.integers(1, 20)),
    }  # fmt: skip
    # The share of a weight that a step takes, from next to nothing to nine tenths.
    momentum = setting["momentum"] if optimizer == "sgd" else 0.0
    taken = min(log(1e-9, 0.9), log(1e-3, 1e3) / steps, 0.9)
    steps_of_memory = 1 / taken
    goals = {"steps": steps_of_memory, "share": steps_of_memory / steps}
    goals["passes"] = steps_of_memory * batch / setting["examples"]
    goal = str(rng.choice([*goals, "strength"]) if optimizer in ("sgd", "adamw") else "strength")
    if goal == "strength":
        lam = taken * (1 - momentum) / setting["lr"]
        scales = {"m": setting["examples"], "batch_size": batch, "lr": setting["lr"], "momentum": momentum}
        plain = "torch AdamW" if optimizer == "adamw" else "book"
        goals[goal] = conventions.convert(lam, plain, setting["source"], **scales)
    if optimizer == "adamw" and goal != "passes" and rng.random() < 0.1:
        setting["examples"] = None
    return setting | {"goal": goal, "value": goals[goal]}


def listed(found):
    """An answer as the script gives it."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found._asdict().items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A page with the calculator alone, as a file, under the policy that no script stands in the page."""
    folder = tmp_path_factory.mktemp("calculator")
    body = calculator.Calculator(recipes.load())._repr_html_()
    scripts = re.findall(r"<script>(.*?)</script>", body, re.DOTALL)
    assert len(scripts) == 1
    (folder / "calculator.js").write_text(scripts[0], "utf-8")
    body = body.replace(f"<script>{scripts[0]}</script>", '<script src="calculator.js"></script>')
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Calculator</title>'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src file:;'
        " style-src 'unsafe-inline'\">"
        f'</head><body><main class="bd-article"><h1>Calculator</h1>{body}</main></body></html>',
        "utf-8",
    )
    return page.as_uri()


@pytest.fixture(scope="module")
def context(browser):
    with browser.new_context(viewport={"width": 375, "height": 700}) as context:
        yield context


@pytest.fixture(scope="module")
def listening(context):
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda message: page.troubles.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: page.troubles.append(request.url) if "file:" not in request.url else None)
    return page


@pytest.fixture
def page(listening, home):
    listening.goto(home)
    yield listening
    assert listening.troubles == []


def put(page, **fields):
    for name, text in fields.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def said(page):
    return page.locator(".calculator-number").inner_text()


# As text, since a browser that is driven takes long over many small values.
ASK = "text => JSON.stringify(JSON.parse(text).map(document.querySelector('.calculator').answer))"


def ask(page, *settings):
    return json.loads(page.evaluate(ASK, json.dumps(settings)))


def test_three_thousand_settings_come_out_as_in_utils(page):
    rng = np.random.default_rng(0)
    settings = [draw_setting(rng, 20_000) for _ in range(2970)] + [draw_setting(rng, 2_000_000) for _ in range(30)]
    answers = ask(page, *settings)
    far, seen = [], set()
    for setting, theirs in zip(settings, answers, strict=True):
        ours = listed(calculator.answer(**setting))
        seen |= set(ours["notes"])
        for name, expected in ours.items():
            if name == "notes":
                # A condition at its edge may fall either way; a setting drawn at random is at none.
                same = tuple(theirs[name]) == expected
            elif expected is None:
                same = theirs[name] is None
            else:
                # Exponents are compared as they are, which are the relative errors of what is left.
                same = np.allclose(
                    theirs[name], expected, rtol=1e-9, atol=1e-9 if name in ("forgotten", "newest") else 0
                )
            if not same:
                far.append((name, setting, theirs[name], expected))
    assert far == []
    assert seen == set(calculator.NOTES) - {"none"}


def test_a_million_steps_are_summed_as_in_utils(page):
    long = {"steps": 1_000_000, "warmup": 1000, "goal": "share", "value": 0.1}
    for kind in optimizers.SCHEDULES:
        setting = calculator.DEFAULTS | long | {"schedule": kind, "milestones": (333_333, 900_000)}
        [theirs] = ask(page, setting)
        np.testing.assert_allclose(theirs["forgotten"], calculator.answer(**setting).forgotten, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("recipe", recipes.load(), ids=lambda recipe: recipe.name)
def test_every_recipe_opens(page, recipe):
    """What is not stated is said so, and everything else is answered."""
    put(page, recipe=recipe.name)
    setting = calculator.setting_of(recipe)
    optional = ("hold", "until", "examples") if setting["optimizer"] == "adamw" else ("hold", "until")
    missing = [name for name, value in setting.items() if value is None and name not in optional]
    if recipe.schedule in (None, "constant"):
        missing = [name for name in missing if name != "final"]
    if missing:
        assert re.search("not stated in this recipe; (type|choose)", said(page))
        assert page.locator("dl, svg").all_inner_texts()[0] == ""
    else:
        number = calculator.answer(**setting).number
        assert said(page) == f"Type {calculator._typed(number)} in {recipe.convention}."
        assert recipe.where in page.locator(".calculator-source").inner_text()
        assert ("passes unknown" in told(page)) == (recipe.examples is None and recipe.weight_decay > 0)


def told(page):
    return page.locator(".calculator-result").inner_text()


class TestSomebodyWithOneQuestion:
    def test_i_fine_tune_with_lora(self, page):
        page.get_by_role("link", name="LoRA").click()
        assert said(page) == "Type 0.01 in torch AdamW."
        assert "Decay alone leaves 99\u202f% of the start in the weights" in told(page)
        put(page, goal="share", value="1")
        assert said(page) == "Type 0.533333 in torch AdamW."

    def test_i_train_resnet_50(self, page):
        put(page, recipe="ResNet-50, batch 256")
        assert said(page) == "Type 0.0001 in torch SGD."
        assert "10\u202f000 steps at the peak rate, 2 passes" in told(page)
        assert "left of the start\nless than 0.01\u202f%" in told(page)

    def test_i_double_the_batch(self, page):
        put(page, recipe="ResNet-50, batch 256")
        rows = page.locator(".calculator-changes tbody tr").all_inner_texts()
        assert rows[0].split("\t") == ["you double the batch and halve the steps", "0.0002"]
        assert rows[1].split("\t") == ["you double the batch and η, and halve the steps", "0.0001"]

    def test_i_train_ten_times_longer(self, page):
        put(page, recipe="DeiT-B")
        rows = page.locator(".calculator-changes tbody tr").all_inner_texts()
        assert [row.split("\t")[1] for row in rows[2:]] == ["0.05", "0.005", "0.005"]

    def test_my_library_is_keras(self, page):
        put(page, recipe="ResNet-50, batch 256", target="keras SGD")
        assert said(page) == "Type 0.001 in keras SGD." and "beside the momentum" in told(page)
        put(page, recipe="DeiT-B", target="keras AdamW")
        assert said(page) == "Type 0.05 in keras AdamW."

    def test_my_loss_is_a_sum(self, page):
        put(page, recipe="ResNet-50, batch 256", loss="sum")
        assert said(page) == "Type 0.0256 in torch SGD, with a learning rate of 0.000390625."
        put(page, recipe="DeiT-B", loss="sum")
        assert said(page) == "Type 0.05 in torch AdamW." and "does not see the scale" in told(page)
        put(page, optimizer="sgd", loss="outputs", outputs="8", goal="strength", value="0.4")
        assert said(page) == "Type 0.1 in torch SGD, with a learning rate of 0.004."


def test_the_words_of_the_six_questions_are_those_of_the_form(page):
    """Each link sets the form to the training that its answer is about."""
    for question, setting, words in calculator._cases():
        page.get_by_role("link", name=question).click()
        found = calculator.answer(**setting)
        assert said(page).startswith(f"Type {calculator._typed(found.number)} in {setting['target']}")
        assert "ten times longer" in question or f"{calculator._typed(found.number)}" in words or "0.01" in words
        assert page.evaluate("document.activeElement.name") == "recipe"


def test_the_chapter_and_the_calculator_lead_to_each_other():
    """That the places are there, the build sees."""
    places = {"chapters/13_setting_lambda.ipynb": "](appendix/lambda_conventions.ipynb#the-calculator)"}
    places["chapters/appendix/lambda_conventions.ipynb"] = "](../13_setting_lambda.ipynb)"
    for notebook, link in places.items():
        assert link in (checks.ROOT / notebook).read_text("utf-8"), notebook


def test_a_number_is_written_as_javascript_writes_it(page):
    numbers = [0.0, 9.999996e-7, 1e-6, 1.5e-7, 0.1, 1 / 3, 123456789.0, 9.99999e20, 1e21, 2.5e22]
    theirs = page.evaluate("numbers => numbers.map(number => String(Number(number.toPrecision(6))))", numbers)
    assert [calculator._typed(number) for number in numbers] == theirs


def test_without_steps_it_is_a_converter(page):
    """Every number of its last table, from every convention."""
    for optimizer, names in (("solver", PENALTIES), ("adamw", DECOUPLED)):
        put(page, optimizer=optimizer)
        put(page, value="0,05", batch="20", examples="200")
        for source in names:
            put(page, source=source)
            cells = page.locator(".calculator-conventions td:last-child").all_inner_texts()
            for target, cell in zip(conventions.NAMES, cells, strict=True):
                if target not in names:
                    assert cell == "no equal"
                else:
                    number = conventions.convert(0.05, source, target, m=200, batch_size=20, lr=0.001)
                    assert cell == calculator._typed(number), (source, target)


def test_without_a_penalty_c_is_infinite(page):
    put(page, optimizer="solver", source="sklearn Ridge", target="sklearn LogisticRegression", value="0")
    assert said(page) == "Type np.inf in sklearn LogisticRegression."


@pytest.mark.parametrize("text", ["0.5", "0,5", " ,5 ", "5e-1", "5,0E-1", "0. 5"])
def test_a_comma_is_a_point(page, text):
    page.locator("[name=goal]").select_option("strength")
    page.locator("[name=value]").press("Control+a")
    page.keyboard.type(text)
    assert said(page) == "Type 0.5 in torch AdamW."


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lr": "0"}, "peak learning rate η: type a number greater than 0."),
        ({"lr": ""}, "peak learning rate η: type a number greater than 0."),
        ({"lr": "Infinity"}, "peak learning rate η: type a number greater than 0."),
        ({"lr": "0x10"}, "peak learning rate η: type a number greater than 0."),
        ({"examples": "50,000"}, "size of the data: is 50,000 in thousands? Type it without the comma, or with a point."),
        ({"examples": "2.5"}, "size of the data: type a whole number, 1 or greater."),
        ({"batch": "1000001"}, "batch: type at most the size of the data."),
        ({"steps": "0"}, "steps: type a whole number, 1 or greater."),
        ({"warmup": "20000"}, "steps of warm-up: type fewer steps than the training has."),
        ({"warmup": "6000", "until": "5000"}, "steps of warm-up: type fewer steps than the last of the fall."),
        ({"warmup": "-1"}, "steps of warm-up: type a whole number, 0 or greater."),
        ({"hold": "500"}, "first step of the fall, if not after the warm-up: type a step from the end of the warm-up"),
        ({"final": "1.1"}, "rate at the end, as a share of the peak: type a number from 0 to 1."),
        ({"value": "0"}, "its value: type a number greater than 0."),
        ({"goal": "strength", "value": "-1"}, "its value: type a number, 0 or greater."),
        ({"goal": "strength", "value": "1000"}, "its value: so strong a decay takes a whole weight, or more, in one step."),
        ({"optimizer": "sgd", "goal": "strength", "value": "200"}, "its value: so strong a decay takes a whole weight, or more, for each step"),
        ({"goal": "strength", "value": "1e-320"}, "its value: no such number can be typed in this library."),
        ({"optimizer": "sgd", "momentum": "1"}, "momentum μ: type a number from 0 to below 1."),
        ({"optimizer": "sgd", "loss": "outputs", "outputs": "0"}, "outputs k: type a whole number, 1 or greater."),
        ({"schedule": "step", "milestones": "5 4"}, "at the steps: type whole numbers that ascend"),
        ({"schedule": "step", "milestones": "150,150 300,300"}, "at the steps: type whole numbers that ascend"),
        ({"schedule": "step", "milestones": "a third"}, "at the steps: type whole numbers that ascend"),
        ({"schedule": "step", "factor": "0"}, "times, at each: type a number above 0, at most 1."),
        ({"optimizer": "solver", "source": "sklearn LogisticRegression", "value": "0"}, "its value: type a number greater than 0."),
        ({"recipe": "Whisper large", "goal": "passes"}, "size of the data: not stated in this recipe; type a whole number"),
        ({"recipe": "Chinchilla 70B"}, "batch: not stated in this recipe; type a whole number, 1 or greater."),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_and_gives_no_number(page, fields, says):
    put(page, **fields)
    assert said(page).startswith(says)
    [wrong] = page.locator("[aria-invalid=true]").all()
    assert wrong.locator("xpath=..").locator("span").inner_text() == says.partition(":")[0]
    assert not page.locator("svg").is_visible() and page.locator("dl").inner_text() == ""
    assert set(page.locator(".calculator-conventions td:last-child").all_inner_texts()) == {""}


@pytest.mark.parametrize(
    "fields",
    [
        {"lr": "0,002", "batch": "64", "examples": "50 000", "goal": "passes", "value": "3", "target": "composer DecoupledAdamW"},
        {"optimizer": "sgd", "momentum": "0.95", "schedule": "step", "milestones": "5000 9000", "factor": "0.2", "loss": "sum"},
        {"recipe": "DeepSeek-V3", "goal": "share", "value": "0.3", "target": "optax adamw"},
        {"optimizer": "solver", "value": "3", "source": "ESL", "target": "statsmodels GLM", "examples": "700", "batch": "7"},
        {"lr": "nonsense & <b>?#"},
    ],
)  # fmt: skip
def test_the_address_brings_the_setting_to_somebody_else(context, page, fields):
    put(page, **fields)
    address = page.locator(".calculator-link").evaluate("link => link.href")
    page.wait_for_url(address)
    other = context.new_page()
    other.goto(address)
    fields = "document.querySelectorAll('.calculator [name]')"
    values = f"[...{fields}].filter(field => field.checkVisibility()).map(field => field.value.replace(/\\s/g, ''))"
    assert other.evaluate(values) == page.evaluate(values)
    assert told(other) == told(page)
    assert other.locator(".calculator-link").evaluate("link => link.href") == address
    other.close()


@pytest.mark.parametrize(
    "query",
    [
        "?recipe=nobody&lr=0.002",
        "?optimizer=nothing",
        "?source=book",
        "?unknown=1&steps=",
        "?goal=passes&optimizer=adam",
    ],
)
def test_an_address_that_somebody_has_changed_breaks_nothing(page, home, query):
    page.goto(home + query)
    assert re.match("Type |.*: (type|not stated)|.*choose", said(page))


def test_going_back_brings_the_setting_back(page):
    before = said(page)
    page.get_by_role("link", name="ResNet-50").click()
    assert said(page) != before
    page.go_back()
    assert said(page) == before


def test_where_the_page_is_not_of_the_book_its_address_stays(page, home):
    """In Jupyter, whose address says which notebook is open."""
    page.evaluate("""() => {
      const html = document.querySelector(".calculator").outerHTML;
      document.querySelector("main").outerHTML = html.replace("data-ready", "data-old");
      const script = document.createElement("script");
      script.src = "calculator.js?again";
      document.body.append(script);
    }""")
    page.wait_for_selector(".calculator[data-ready]")
    page.get_by_role("link", name="ResNet-50").click()
    put(page, lr="0.2")
    page.wait_for_timeout(500)
    assert said(page) == "Type 0.0001 in torch SGD." and page.locator("[name=steps]").input_value() == "450450"
    assert page.url == home and not page.locator(".calculator-link").is_visible()


def test_the_keyboard_is_enough(page):
    page.locator("[name=recipe]").focus()
    page.keyboard.type("LLaMA 7B")
    assert said(page) == "Type 0.1 in torch AdamW."
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
        if seen[-1] == "target":
            page.keyboard.type("AdamW paper")
        if seen[-1] == "calculator-link":
            break
    shown = page.evaluate(
        "[...document.querySelectorAll('.calculator form [name]')].filter(f => f.checkVisibility()).map(f => f.name)"
    )
    assert seen == [*shown[1:], "calculator-link"]
    assert said(page) == "Type 0.00003 in AdamW paper."


def test_there_is_no_barrier_and_nothing_sticks_out(page):
    for fields in ({"lr": "0"}, {"optimizer": "solver"}, {"recipe": "ResNet-50, batch 256", "loss": "outputs"}):
        put(page, **fields)
        for width in (320, 375):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The address follows a moment later, and looks at fields that are put aside for the question of colours.
    checks.wait_for(page, "location.search.includes('outputs')")
    assert checks.barriers(page) + checks.barriers_of_colour(page) == []
    assert page.locator("[aria-live=polite]").count() == 1


def test_the_picture_is_the_curve(page):
    """At its points the line has the height of what is left, and its words are those numbers."""
    found = calculator.answer()
    path = page.locator("svg .left").get_attribute("d")
    heights = [float(point.split()[1]) for point in re.split("[ML]", path)[1:]]
    np.testing.assert_allclose(heights, 160 - 145 * np.exp(-found.forgotten), rtol=0, atol=0.051)
    words = page.locator("svg").get_attribute("aria-label")
    shares = [float(number) for number in re.findall(r"([\d.]+)\u202f%", words)]
    np.testing.assert_allclose(shares, 100 * np.exp(-found.forgotten[[25, 50, 100]]), rtol=0.06)


def test_without_scripts_the_six_questions_and_the_table_stand_there(browser, home):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(home)
        assert page.locator(".calculator-cases tbody tr").count() == 6
        assert all(page.locator(".calculator-cases td").all_inner_texts())
        formulas = page.locator(".calculator-conventions td:nth-child(2)").all_inner_texts()
        assert not page.locator("form").is_visible()
    lam, m, B, eta, mu, c = 0.3, 70, 7, 0.2, 0.9, 5.0
    for name, formula in zip(conventions.NAMES, formulas, strict=True):
        plain = "torch AdamW" if name in DECOUPLED else "book"
        expected = conventions.convert(lam, plain, name, m=m, batch_size=B, lr=eta, momentum=mu, loss=c)
        symbols = {"λ": lam, "m": m, "B": B, "η": eta, "μ": mu, "c": c}
        code = re.sub(r"(?<=[cBmηλ])(?=[cBmηλ])", "*", formula.replace("−", "-"))
        assert eval(code, symbols) == pytest.approx(expected, rel=1e-12), name


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rate": 0.1}, 'setting must be one of "optimizer", "momentum", .*; got \'rate\''),
        ({"optimizer": "adagrad"}, "optimizer must be one of \"sgd\", .*; got 'adagrad'"),
        ({"goal": "half-life"}, "goal must be one of \"strength\", .*; got 'half-life'"),
        (
            {"goal": "passes", "optimizer": "adam"},
            'goal must be "strength" where .* no memory; got "passes" with "adam"',
        ),
        ({"source": "torch SGD", "goal": "strength"}, 'target must be a penalty, as source "torch SGD" is'),
        ({"steps": 0}, "steps must be a whole number, 1 or greater; got 0"),
        ({"outputs": 0}, "outputs must be a whole number, 1 or greater; got 0"),
        ({"lr": -1}, "lr must be greater than 0; got -1"),
        ({"value": 0}, "value must be greater than 0; got 0"),
        ({"examples": None, "goal": "passes"}, "examples must be given where .* in passes; got None"),
        ({"examples": None, "optimizer": "sgd", "target": "torch SGD"}, "examples must be given where .*; got None"),
        ({"batch": 2_000_000}, "batch_size must be at most m = 1000000; got 2000000"),
        ({"goal": "strength", "value": 2000}, "lam must take less than the whole weight in a step; got 2000"),
    ],
)
def test_bad_input_is_named(setting, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        calculator.answer(**setting)


def test_without_decay_nothing_is_forgotten():
    found = calculator.answer(goal="strength", value=0)
    assert found.number == 0 and found.memory == float("inf") and found.size is None
    assert (found.forgotten == 0).all() and found.newest == 1 and found.notes == ("none",)


def test_newest_is_half_of_what_is_written():
    """At a constant rate what is written from a share p of the end on is (1 - e^-kp) of (1 - e^-k)."""
    k = 5.0
    found = calculator.answer(schedule="constant", warmup=0, value=1 / k, steps=1_000_000)
    expected = -np.log(1 - (1 - np.exp(-k)) / 2) / k
    assert found.newest == pytest.approx(expected, rel=1e-4)
